/**
 * What unary and streaming calls on a server have in common: request fields, deadline, cancellation, and trailers
 * that follow queued messages. A call is its own HTTP/2 stream.
 */
import type { HeaderBlock } from "../hpack/index.ts";
import { ErrorCode, type PeerInfo } from "../http2/index.ts";
import type { ServerCall } from "./calls.ts";
import { GrpcStream, type MessageIntake } from "./message-stream.ts";
import type { Metadata } from "./metadata.ts";
import type { HandledCall } from "./observer.ts";
import type { RequestFields } from "./request-head.ts";
import type { GrpcServerConnection } from "./server-connection.ts";
import { deadlineExceededText, GrpcCode, type GrpcStatus } from "./status.ts";

/** Base of the calls of a server. */
export abstract class GrpcServerCall extends GrpcStream implements ServerCall, HandledCall {
  readonly #head: RequestFields;
  protected readonly owner: GrpcServerConnection;
  readonly startedMs: number;
  /** Whether the handler gave its final answer, or lost the chance. */
  protected isAnswered = false;
  /** Whether response headers went out. */
  protected hasHead = false;
  #isCancelled = false;
  #finalStatus: GrpcStatus | undefined = undefined;
  #cancelListener: (() => void) | undefined = undefined;

  constructor(owner: GrpcServerConnection, id: number, head: RequestFields) {
    super(owner.connection, id);
    this.owner = owner;
    this.#head = head;
    this.startedMs = owner.connection.nowMs;
  }

  abstract get message(): Uint8Array | undefined;

  abstract get answerBytes(): number;

  get path(): string {
    return this.#head.path;
  }

  get metadata(): Metadata {
    return this.#head.metadata;
  }

  get peer(): PeerInfo {
    return this.connection.transport.peer;
  }

  get deadlineMs(): number | undefined {
    return this.expiresMs === 0 ? undefined : this.expiresMs;
  }

  get cancelled(): boolean {
    return this.#isCancelled;
  }

  onCancel(run: () => void): void {
    this.#cancelListener = run;
  }

  /** Sends the final status after whatever is queued. */
  protected finish(status: GrpcStatus): void {
    this.isAnswered = true;
    this.dropAssembly();
    this.owner.observer.onCallHandled(this.#head.path, status.code, this);
    if (this.queue === undefined) this.#trailers(status);
    else {
      this.#finalStatus = status;
      this.guardSending();
    }
    this.connection.scheduleFlush();
  }

  /** Gives the peer a bounded time to take what is queued. */
  protected guardSending(): void {
    const { clock, limits, guard } = this.connection;
    this.guardMs = Math.ceil(clock.nowMs() + limits.sendStallMs + (this.queuedBytes * 1000) / limits.sendRateMin);
    guard.wakeAt(this.guardMs);
  }

  #trailers(status: GrpcStatus): void {
    const { writer } = this.owner;
    if (this.hasHead) writer.trailers(this.id, status);
    else writer.trailersOnly(this.id, status, 200);
    this.connection.hasSent(true);
    this.connection.finishLocal(this);
  }

  override onSent(): void {
    if (this.queue !== undefined || this.#finalStatus === undefined) return;
    const status = this.#finalStatus;
    this.#finalStatus = undefined;
    this.#trailers(status);
  }

  override onHeaders(_block: HeaderBlock, _endStream: boolean): void {
    // Trailers of a request carry nothing gRPC knows; their END_STREAM is told by onRemoteEnd.
  }

  override onReset(_code: number): void {
    this.dropAssembly();
    if (!this.isAnswered) this.owner.observer.onCallHandled(this.#head.path, GrpcCode.cancelled, this);
    this.cancel();
  }

  override onDeadline(): void {
    if (this.isAnswered) return;
    // What the peer has not taken in time is of no use to it.
    this.queue = undefined;
    this.queuedBytes = 0;
    this.finish({ code: GrpcCode.deadlineExceeded, message: deadlineExceededText });
    this.cancel();
  }

  /** Tells the handler once that nobody waits for its answer. */
  protected cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.isAnswered = true;
    const listener = this.#cancelListener;
    this.#cancelListener = undefined;
    listener?.();
  }

  protected override onBadMessage(code: number, message: string): void {
    if (this.isAnswered) return;
    this.finish({ code, message });
    this.cancel();
  }

  protected override get intake(): MessageIntake {
    return this.owner;
  }

  protected override get peerEncoding(): string {
    return this.#head.encoding;
  }

  /** Ends the exchange without an answer. */
  protected abort(): void {
    this.connection.reset(this, ErrorCode.cancel);
  }
}
