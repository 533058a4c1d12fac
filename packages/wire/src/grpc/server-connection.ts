/**
 * One client's connection to a gRPC server: turns request headers into calls. The result of reading a header block,
 * route included, stays in the block's memo, so a repeated request costs no parsing at all.
 */
import type { HeaderBlock } from "../hpack/index.ts";
import {
  type ConnectionOptions,
  type ConnectionRole,
  ErrorCode,
  Http2Connection,
  type Http2Stream,
} from "../http2/index.ts";
import type { StreamCall, UnaryCall } from "./calls.ts";
import type { MessageCodec } from "./compression.ts";
import type { MessageIntake } from "./message-stream.ts";
import type { WireObserver } from "./observer.ts";
import { RefusedCall } from "./refused-call.ts";
import { ReplyWriter } from "./reply-writer.ts";
import { type Refusal, type RequestFields, readRequest, unknownEncoding, unknownPath } from "./request-head.ts";
import { GrpcStreamCall } from "./stream-call.ts";
import { GrpcUnaryCall } from "./unary-call.ts";

/** A handler by the kind of its method. */
export type Route =
  | { readonly kind: "unary"; readonly handler: (call: UnaryCall) => void }
  | { readonly kind: "stream"; readonly handler: (call: StreamCall) => void };

/** What the connections of a server share. */
export interface ServerShared {
  readonly routes: ReadonlyMap<string, Route>;
  readonly services: ReadonlySet<string>;
  readonly codecs: readonly MessageCodec[];
  readonly observer: WireObserver;
  onConnectionClosed(connection: GrpcServerConnection): void;
}

/** A header block, read. */
interface Request {
  readonly head: RequestFields | undefined;
  readonly route: Route | undefined;
  readonly refusal: Refusal | undefined;
}

/** The server's role on one connection. */
export class GrpcServerConnection implements ConnectionRole, MessageIntake {
  readonly isServer = true;
  readonly connection: Http2Connection;
  readonly writer: ReplyWriter;
  readonly observer: WireObserver;
  readonly codecs: readonly MessageCodec[];
  readonly messageSizeMax: number;
  readonly assemblySizeMax: number;
  assemblyBytes = 0;
  readonly #shared: ServerShared;

  constructor(shared: ServerShared, options: ConnectionOptions) {
    this.#shared = shared;
    this.observer = shared.observer;
    this.codecs = shared.codecs;
    this.messageSizeMax = options.limits.messageSizeMax;
    this.assemblySizeMax = options.limits.assemblySizeMax;
    this.connection = new Http2Connection(this, options);
    this.writer = new ReplyWriter(this.connection);
  }

  openStream(id: number, block: HeaderBlock): Http2Stream | undefined {
    if (block.memo === undefined) block.memo = this.#read(block);
    const request = block.memo as Request;
    if (request.route === undefined || request.head === undefined) return this.#refuse(id, block, request);
    const call = this.#open(id, request.head, request.route);
    if (request.head.contentLength >= 0) call.expectedBytes = request.head.contentLength;
    return call;
  }

  #open(id: number, head: RequestFields, route: Route): Http2Stream {
    this.observer.onCallStarted(head.path, head.metadata);
    if (route.kind === "unary") {
      const call = new GrpcUnaryCall(this, id, { head, handler: route.handler });
      this.#adopt(call, head.timeoutMs);
      return call;
    }
    const call = new GrpcStreamCall(this, id, head);
    this.#adopt(call, head.timeoutMs);
    route.handler(call);
    return call;
  }

  #adopt(call: Http2Stream, timeoutMs: number): void {
    const { connection } = this;
    connection.streams.set(call.id, call);
    if (timeoutMs < 0) return;
    call.expiresMs = Math.ceil(connection.nowMs + timeoutMs);
    connection.guard.wakeAt(call.expiresMs);
  }

  #read(block: HeaderBlock): Request {
    const head = readRequest(block);
    if (head === undefined) return { head, route: undefined, refusal: undefined };
    if (head.refusal !== undefined) return { head, route: undefined, refusal: head.refusal };
    const route = this.#shared.routes.get(head.path);
    if (route === undefined) {
      return { head, route, refusal: unknownPath(head.path, (service) => this.#shared.services.has(service)) };
    }
    const refusal = unknownEncoding(head.encoding, this.codecs);
    return { head, route: refusal === undefined ? route : undefined, refusal };
  }

  #refuse(id: number, block: HeaderBlock, request: Request): Http2Stream | undefined {
    const { connection } = this;
    if (block.isTooLarge || request.refusal === undefined) {
      connection.inbound.refuse(id, block.isTooLarge ? ErrorCode.frameSizeError : ErrorCode.protocolError);
      return undefined;
    }
    const { code, message, httpStatus } = request.refusal;
    const stream = new RefusedCall(connection, id);
    connection.streams.set(id, stream);
    this.writer.trailersOnly(id, { code, message }, httpStatus);
    connection.hasSent(true);
    connection.finishLocal(stream);
    return stream;
  }

  onCapacity(): void {}

  onGoAway(): void {}

  onClosed(): void {
    this.#shared.onConnectionClosed(this);
  }

  onTraffic(receivedBytes: number, sentBytes: number): void {
    this.observer.onTraffic(receivedBytes, sentBytes);
  }
}
