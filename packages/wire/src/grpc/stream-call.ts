/**
 * A streaming call on a server. Messages the peer does not take wait in the stream's queue, and `send` tells when to
 * stop; messages the handler does not take wait at the gate.
 */
import type { StreamCall } from "./calls.ts";
import { sendBytes, sendMessage } from "./message-frame.ts";
import { MessageGate } from "./message-gate.ts";
import type { Metadata } from "./metadata.ts";
import { SendPatience } from "./send-patience.ts";
import { GrpcServerCall } from "./server-call.ts";
import { GrpcCode, type GrpcStatus } from "./status.ts";

const okStatus: GrpcStatus = { code: GrpcCode.ok, message: "" };

/** Any number of messages in both directions. */
export class GrpcStreamCall extends GrpcServerCall implements StreamCall {
  readonly #gate = new MessageGate(this);
  #writableListener: (() => void) | undefined;
  #wantsRoom = false;
  #patience: SendPatience | undefined = undefined;

  get message(): undefined {
    return undefined;
  }

  get answerBytes(): number {
    return 0;
  }

  onMessage(run: (message: Uint8Array) => void): void {
    this.#gate.onMessage(run);
  }

  onHalfClose(run: () => void): void {
    this.#gate.onEnd(run);
  }

  onWritable(run: () => void): void {
    this.#writableListener = run;
  }

  sendHeaders(metadata?: Metadata): void {
    if (this.isAnswered || this.hasHead) return;
    this.hasHead = true;
    this.owner.writer.head(this.id, metadata);
    this.connection.hasSent(true);
    this.connection.scheduleFlush();
  }

  send(message: Uint8Array): boolean {
    if (this.isAnswered || this.#isOverfull()) return false;
    this.sendHeaders();
    this.owner.observer.onMessageSent(this.path);
    return this.#noteRoom(sendMessage(this, message));
  }

  sendFramed(frames: Uint8Array, count: number): boolean {
    if (this.isAnswered || this.#isOverfull()) return false;
    this.sendHeaders();
    for (let sent = 0; sent < count; sent++) this.owner.observer.onMessageSent(this.path);
    sendBytes(this, frames);
    return this.#noteRoom(this.queue === undefined || this.queuedBytes <= this.connection.limits.sendHighWaterSize);
  }

  #noteRoom(hasRoom: boolean): boolean {
    this.#wantsRoom ||= !hasRoom;
    this.#patience?.onQueueChange();
    return hasRoom;
  }

  limitStalls(): void {
    if (this.isAnswered) return;
    this.#patience ??= new SendPatience(this);
    this.#patience.onQueueChange();
  }

  #isOverfull(): boolean {
    if (this.queuedBytes <= this.connection.limits.sendQueueSizeMax) return false;
    this.end({ code: GrpcCode.resourceExhausted, message: "grpc: too many messages wait for the peer" });
    this.cancel();
    return true;
  }

  end(status: GrpcStatus = okStatus): void {
    if (this.isAnswered) return;
    if (status.code === GrpcCode.ok) this.sendHeaders();
    this.finish(status);
  }

  pauseReading(): void {
    this.#gate.pause();
  }

  resumeReading(): void {
    this.#gate.resume();
  }

  protected override finish(status: GrpcStatus): void {
    this.#gate.shut();
    super.finish(status);
  }

  override onSent(): void {
    super.onSent();
    if (this.isAnswered) return;
    this.#patience?.onQueueChange();
    if (!this.#wantsRoom) return;
    if (this.queuedBytes * 2 > this.connection.limits.sendHighWaterSize) return;
    this.#wantsRoom = false;
    this.#writableListener?.();
  }

  override onData(bytes: Uint8Array, start: number, end: number): void {
    this.#gate.beforeData(end - start);
    super.onData(bytes, start, end);
  }

  protected override onWholeMessage(message: Uint8Array): void {
    this.owner.observer.onMessageReceived(this.path);
    if (this.#gate.push(message)) return;
    this.onBadMessage(GrpcCode.resourceExhausted, "grpc: too many messages wait for the handler");
  }

  protected override get wantsMessages(): boolean {
    return !this.isAnswered;
  }

  override onRemoteEnd(): void {
    if (this.isAnswered) return;
    if (this.isMidMessage) this.onBadMessage(GrpcCode.internal, "unexpected EOF");
    else this.#gate.end();
  }

  override onReset(code: number): void {
    this.#gate.shut();
    super.onReset(code);
  }
}
