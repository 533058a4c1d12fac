export type { ServerCall, StreamCall, UnaryCall } from "./calls.ts";
export type { MessageCodec } from "./compression.ts";
export { Metadata } from "./metadata.ts";
export { silentObserver, type WireObserver } from "./observer.ts";
export { GrpcServer, type GrpcServerOptions } from "./server.ts";
export { GrpcCode, type GrpcStatus } from "./status.ts";
