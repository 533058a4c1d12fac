/**
 * A streaming call on a server. Messages that come while the handler has paused wait here, within the stream's
 * receive window; messages the peer does not take wait in the stream's queue, and `send` tells when to stop.
 */
import { assert } from "../lib/index.ts";
import type { StreamCall } from "./calls.ts";
import { prefixSize } from "./message-assembly.ts";
import type { Metadata } from "./metadata.ts";
import { prefixOf } from "./reply-writer.ts";
import type { RequestFields } from "./request-head.ts";
import { GrpcServerCall } from "./server-call.ts";
import type { GrpcServerConnection } from "./server-connection.ts";
import { GrpcCode, type GrpcStatus } from "./status.ts";

const flushSizeBytes = 512 * 1024;
const okStatus: GrpcStatus = { code: GrpcCode.ok, message: "" };

/** Any number of messages in both directions. */
export class GrpcStreamCall extends GrpcServerCall implements StreamCall {
  #messageListener: ((message: Uint8Array) => void) | undefined;
  #halfCloseListener: (() => void) | undefined;
  #writableListener: (() => void) | undefined;
  #isPaused = false;
  #isDelivering = false;
  #wantsRoom = false;
  #held: Uint8Array[] = [];
  #isHalfClosed = false;

  constructor(owner: GrpcServerConnection, id: number, head: RequestFields) {
    super(owner, id, head);
  }

  onMessage(run: (message: Uint8Array) => void): void {
    this.#messageListener = run;
    this.#deliver();
  }

  onHalfClose(run: () => void): void {
    this.#halfCloseListener = run;
    this.#deliver();
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
    if (this.isAnswered) return false;
    this.sendHeaders();
    const { connection, owner } = this;
    owner.observer.onMessageSent(this.path);
    if (connection.canSend(this, message.length + prefixSize)) {
      const at = owner.writer.message(this.id, message.length);
      this.sendWindow -= message.length + prefixSize;
      connection.out.bytes.set(message, at);
      connection.hasSent(true);
      if (connection.out.length > flushSizeBytes) connection.writeOut();
      connection.scheduleFlush();
      return true;
    }
    return this.#enqueue(message);
  }

  #enqueue(message: Uint8Array): boolean {
    const { limits, scheduler } = this.connection;
    if (this.queuedBytes > limits.sendQueueSizeMax) {
      this.end({ code: GrpcCode.resourceExhausted, message: "grpc: too many messages wait for the peer" });
      this.cancel();
      return false;
    }
    scheduler.enqueue(this, prefixOf(message.length));
    scheduler.enqueue(this, message);
    this.connection.scheduleFlush();
    this.#wantsRoom = this.queuedBytes > limits.sendHighWaterSize;
    return !this.#wantsRoom;
  }

  end(status: GrpcStatus = okStatus): void {
    if (this.isAnswered) return;
    if (status.code === GrpcCode.ok) this.sendHeaders();
    this.#drop();
    this.finish(status);
  }

  pauseReading(): void {
    this.#isPaused = true;
  }

  resumeReading(): void {
    this.#isPaused = false;
    this.#deliver();
  }

  override onSent(): void {
    super.onSent();
    if (!this.#wantsRoom || this.isAnswered) return;
    if (this.queuedBytes * 2 > this.connection.limits.sendHighWaterSize) return;
    this.#wantsRoom = false;
    this.#writableListener?.();
  }

  override onData(bytes: Uint8Array, start: number, end: number): void {
    const waits = this.#waits;
    if (waits && this.wantsMessages) this.connection.inbound.hold(this, end - start);
    super.onData(bytes, start, end);
  }

  protected override onWholeMessage(message: Uint8Array): void {
    this.owner.observer.onMessageReceived(this.path);
    if (this.#waits || this.#isDelivering) this.#held.push(message);
    else this.#messageListener!(message);
  }

  protected override get wantsMessages(): boolean {
    return !this.isAnswered;
  }

  override onRemoteEnd(): void {
    if (this.isAnswered) return;
    if (this.isMidMessage) {
      this.onBadMessage(GrpcCode.internal, "unexpected EOF");
      return;
    }
    this.#isHalfClosed = true;
    this.#deliver();
  }

  override onReset(code: number): void {
    this.#drop();
    super.onReset(code);
  }

  get #waits(): boolean {
    return this.#isPaused || this.#held.length > 0 || this.#messageListener === undefined;
  }

  /** Hands over what waited, and then the half close. */
  #deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    while (this.#held.length > 0 && !this.#isPaused && this.#messageListener !== undefined && !this.isAnswered) {
      this.#messageListener(this.#held.shift()!);
    }
    this.#isDelivering = false;
    if (this.isAnswered) this.#drop();
    if (this.#held.length > 0) return;
    this.connection.inbound.release(this, this.heldBytes);
    if (!this.#isHalfClosed || this.#isPaused || this.#halfCloseListener === undefined || this.isAnswered) return;
    const listener = this.#halfCloseListener;
    this.#halfCloseListener = undefined;
    listener();
  }

  #drop(): void {
    this.#held = [];
    this.connection.inbound.release(this, this.heldBytes);
    assert(this.heldBytes === 0, "a stream that ended still holds bytes");
  }
}
