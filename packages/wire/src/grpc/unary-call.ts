/**
 * A unary call on a server. The handler runs as soon as the message is whole, which for the usual client is before
 * the chunk it came in is done, and its answer leaves with that chunk's flush.
 */
import { ErrorCode } from "../http2/index.ts";
import type { ReplyPieces, UnaryCall } from "./calls.ts";
import { canSendMessage, putMessage, queueMessage, spendWindow } from "./message-frame.ts";
import type { Metadata } from "./metadata.ts";
import { PieceReply } from "./piece-reply.ts";
import type { RequestFields } from "./request-head.ts";
import { GrpcServerCall } from "./server-call.ts";
import type { GrpcServerConnection } from "./server-connection.ts";
import { GrpcCode, type GrpcStatus } from "./status.ts";

const noBytes = new Uint8Array(0);
const flushSizeBytes = 512 * 1024;
const okStatus: GrpcStatus = { code: GrpcCode.ok, message: "" };

/** One request, one reply. */
export class GrpcUnaryCall extends GrpcServerCall implements UnaryCall {
  message: Uint8Array = noBytes;
  answerBytes = 0;
  readonly #handler: (call: UnaryCall) => void;
  #hasMessage = false;
  /** The reply in pieces that is not complete. */
  #pieces: PieceReply | undefined = undefined;

  constructor(
    owner: GrpcServerConnection,
    id: number,
    request: { head: RequestFields; handler: (call: UnaryCall) => void },
  ) {
    super(owner, id, request.head);
    this.#handler = request.handler;
    const { limits, nowMs, guard } = owner.connection;
    this.guardMs = Math.ceil(nowMs + limits.requestDeadlineMs);
    guard.wakeAt(this.guardMs);
  }

  reply(message: Uint8Array, trailers?: Metadata): void {
    const size = message.length;
    if (trailers === undefined && this.#isDirect(size)) {
      const at = this.owner.writer.whole(this.id, size);
      putMessage(this.connection.out.bytes, at, message);
      this.#finished(size);
    } else if (!this.isAnswered) this.#replySlowly(message, trailers);
  }

  replyWith(sizeBytes: number, encode: (buffer: Uint8Array, offset: number) => void): void {
    if (this.#isDirect(sizeBytes)) {
      const at = this.owner.writer.whole(this.id, sizeBytes);
      encode(this.connection.out.bytes, at);
      this.#finished(sizeBytes);
    } else if (!this.isAnswered) {
      const message = new Uint8Array(sizeBytes);
      encode(message, 0);
      this.#replySlowly(message, undefined);
    }
  }

  replyInPieces(sizeBytes: number): ReplyPieces {
    const pieces = new PieceReply(this, sizeBytes, {
      onComplete: () => this.#completePieces(),
      onAbort: () => this.#endPieces(GrpcCode.internal, ErrorCode.internalError),
    });
    if (this.isAnswered) {
      pieces.shut();
      return pieces;
    }
    this.isAnswered = true;
    this.guardMs = 0;
    this.owner.writer.head(this.id, undefined);
    this.hasHead = true;
    this.#pieces = pieces;
    this.answerBytes = sizeBytes;
    pieces.begin();
    this.connection.scheduleFlush();
    return pieces;
  }

  #completePieces(): void {
    this.#pieces = undefined;
    this.owner.observer.onMessageSent(this.path);
    this.finish(okStatus);
  }

  /** Ends a reply in pieces before its time. */
  #endPieces(code: number, resetCode: number): void {
    this.#forgetPieces(code);
    this.connection.reset(this, resetCode);
  }

  #forgetPieces(code: number): void {
    if (this.#pieces === undefined) return;
    this.#pieces.shut();
    this.#pieces = undefined;
    this.owner.observer.onCallHandled(this.path, code, this);
  }

  fail(status: GrpcStatus): void {
    this.#pieces?.abort();
    if (this.isAnswered) return;
    this.guardMs = 0;
    this.finish(status);
  }

  #isDirect(sizeBytes: number): boolean {
    return !this.isAnswered && canSendMessage(this, sizeBytes);
  }

  #finished(messageSize: number): void {
    const { connection, owner } = this;
    spendWindow(this, messageSize);
    this.isAnswered = true;
    this.guardMs = 0;
    this.answerBytes = messageSize;
    owner.observer.onMessageSent(this.path);
    owner.observer.onCallHandled(this.path, GrpcCode.ok, this);
    connection.hasSent(true);
    connection.finishLocal(this);
    if (connection.out.length > flushSizeBytes) connection.writeOut();
    connection.scheduleFlush();
  }

  #replySlowly(message: Uint8Array, trailers: Metadata | undefined): void {
    const { owner } = this;
    owner.writer.head(this.id, undefined);
    this.hasHead = true;
    queueMessage(this, message);
    this.answerBytes = message.length;
    owner.observer.onMessageSent(this.path);
    this.finish(trailers === undefined ? okStatus : { ...okStatus, metadata: trailers });
  }

  protected override onWholeMessage(message: Uint8Array): void {
    this.#hasMessage = true;
    this.guardMs = 0;
    this.message = message;
    this.owner.observer.onMessageReceived(this.path);
    this.#handler(this);
  }

  protected override get wantsMessages(): boolean {
    return !this.#hasMessage && !this.isAnswered;
  }

  override onSent(): void {
    super.onSent();
    this.#pieces?.onSent();
  }

  override onDeadline(): void {
    if (this.#pieces === undefined) super.onDeadline();
    else this.#endPieces(GrpcCode.deadlineExceeded, ErrorCode.cancel);
  }

  override onReset(code: number): void {
    this.#forgetPieces(GrpcCode.cancelled);
    super.onReset(code);
  }

  override onRemoteEnd(): void {
    if (this.#hasMessage || this.isAnswered) return;
    // The code and the texts are grpc-go's, which reports the bare error of its reader.
    this.fail({ code: GrpcCode.unknown, message: this.isMidMessage ? "unexpected EOF" : "EOF" });
  }
}
