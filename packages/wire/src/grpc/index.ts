export type { ReplyPieces, ServerCall, StreamCall, UnaryCall } from "./calls.ts";
export { clientLimits, GrpcClient, type GrpcClientOptions } from "./client.ts";
export type { CallEnd, ClientCall, ClientStream, ClientStreamListener, UnaryResult } from "./client-calls.ts";
export type { RequestOptions } from "./client-request.ts";
export type { MessageCodec } from "./compression.ts";
export { Metadata } from "./metadata.ts";
export { type HandledCall, silentObserver, type WireObserver } from "./observer.ts";
export { GrpcServer, type GrpcServerOptions } from "./server.ts";
export { GrpcCode, type GrpcStatus } from "./status.ts";
