/**
 * What unary and streaming calls of a client have in common: response headers and trailers, deadline, cancellation,
 * and the translation of HTTP/2 failures into gRPC codes ("Errors" in gRPC over HTTP2).
 */
import type { HeaderBlock } from "../hpack/index.ts";
import { connectionLost, ErrorCode } from "../http2/index.ts";
import type { GrpcClient } from "./client.ts";
import type { CallEnd } from "./client-calls.ts";
import type { RequestOptions } from "./client-request.ts";
import { GrpcStream, type MessageIntake } from "./message-stream.ts";
import { Metadata } from "./metadata.ts";
import { type ResponseFields, readResponse, statusOfHttp } from "./response-head.ts";
import { deadlineExceededText, GrpcCode } from "./status.ts";

const malformed = Symbol("malformed response");

/** Base of the calls of a client. */
export abstract class GrpcClientCall extends GrpcStream {
  readonly path: string;
  readonly options: RequestOptions;
  protected readonly owner: GrpcClient;
  /** Whether the caller was told the end. */
  protected isEnded = false;
  #head: ResponseFields | undefined = undefined;

  constructor(owner: GrpcClient, path: string, options: RequestOptions) {
    super(owner.connection, 0);
    this.owner = owner;
    this.path = path;
    this.options = options;
  }

  /** Sends headers and what was to be sent so far; the stream has just been opened. */
  abstract begin(): void;
  /** Response headers came. */
  protected abstract onHead(metadata: Metadata): void;
  /** The call is over; nothing was told before. */
  protected abstract onEnded(end: CallEnd): void;

  cancel(): void {
    this.giveUp(GrpcCode.cancelled, "context canceled");
  }

  /** Ends the call from our side. */
  giveUp(code: number, message: string): void {
    this.endWith({ code, message, trailers: Metadata.empty });
  }

  /** Tells the end once and lets go of the stream. */
  protected endWith(end: CallEnd): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.dropAssembly();
    const { connection } = this;
    if (this.id === 0) this.owner.withdraw(this);
    else if (!this.isGone && !(this.remoteClosed && this.localClosed)) connection.reset(this, ErrorCode.cancel);
    this.onEnded(end);
  }

  override onHeaders(block: HeaderBlock, endStream: boolean): void {
    if (this.isEnded) return;
    if (block.memo === undefined) block.memo = readResponse(block) ?? malformed;
    if (block.memo === malformed) {
      this.giveUp(GrpcCode.internal, "malformed response headers");
      return;
    }
    const fields = block.memo as ResponseFields;
    if (this.#head === undefined && fields.httpStatus.startsWith("1") && !endStream) return;
    if (endStream) this.#trailers(fields);
    else if (this.#head !== undefined) this.giveUp(GrpcCode.internal, "a response has two header sections");
    else this.#headers(fields);
  }

  #headers(fields: ResponseFields): void {
    this.#head = fields;
    if (!fields.isGrpc || fields.httpStatus !== "200") {
      const { code, message } = statusOfHttp(fields);
      this.giveUp(code, message);
    } else this.onHead(fields.metadata);
  }

  #trailers(fields: ResponseFields): void {
    const { code, message, metadata } = fields;
    if (code >= 0) this.end({ code, message, trailers: metadata });
    else if (this.#head === undefined && !fields.isGrpc) this.endWith({ ...statusOfHttp(fields), trailers: metadata });
    else this.giveUp(GrpcCode.unknown, "the server sent no grpc-status");
  }

  /** The server said how the call ended. */
  protected end(end: CallEnd): void {
    this.endWith(end);
  }

  override onRemoteEnd(): void {
    if (!this.isEnded) this.giveUp(GrpcCode.internal, "server closed the stream without sending trailers");
  }

  override onReset(code: number): void {
    if (this.isEnded) return;
    const name = Object.entries(ErrorCode).find(([, known]) => known === code)?.[0] ?? String(code);
    if (code === connectionLost) this.giveUp(GrpcCode.unavailable, this.owner.lostText);
    else this.giveUp(codeOfReset(code), `stream terminated by RST_STREAM with error code: ${name}`);
  }

  override onDeadline(): void {
    this.giveUp(GrpcCode.deadlineExceeded, deadlineExceededText);
  }

  protected override onBadMessage(code: number, message: string): void {
    this.giveUp(code, message);
  }

  protected override get intake(): MessageIntake {
    return this.owner;
  }

  protected override get peerEncoding(): string {
    return this.#head?.encoding ?? "";
  }

  protected override get wantsMessages(): boolean {
    return !this.isEnded && this.#head !== undefined;
  }
}

function codeOfReset(code: number): number {
  if (code === ErrorCode.refusedStream) return GrpcCode.unavailable;
  if (code === ErrorCode.cancel) return GrpcCode.cancelled;
  if (code === ErrorCode.enhanceYourCalm) return GrpcCode.resourceExhausted;
  if (code === ErrorCode.inadequateSecurity) return GrpcCode.permissionDenied;
  return GrpcCode.internal;
}
