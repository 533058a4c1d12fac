/**
 * A streaming call of a client. What is sent before the server admits the stream waits in its queue like anything
 * else that has to wait.
 */
import { Flag, FrameType, frameHeaderSize, putFrameHeader, typeAndFlags } from "../http2/index.ts";
import type { GrpcClient } from "./client.ts";
import { GrpcClientCall } from "./client-call.ts";
import type { CallEnd, ClientStream, ClientStreamListener } from "./client-calls.ts";
import type { RequestOptions } from "./client-request.ts";
import { queueMessage, sendMessage } from "./message-frame.ts";
import { MessageGate } from "./message-gate.ts";
import type { Metadata } from "./metadata.ts";
import { GrpcCode } from "./status.ts";

const endFrame = typeAndFlags(FrameType.data, Flag.endStream);

/** Any number of messages in both directions. */
export class GrpcClientStreamCall extends GrpcClientCall implements ClientStream {
  readonly #listener: ClientStreamListener;
  readonly #gate = new MessageGate(this);
  #isHalfClosed = false;
  #wantsRoom = false;
  #end: CallEnd | undefined;

  constructor(owner: GrpcClient, call: { path: string; options: RequestOptions; listener: ClientStreamListener }) {
    super(owner, call.path, call.options);
    this.#listener = call.listener;
    this.#gate.onMessage((message) => this.#listener.onMessage(message));
    this.#gate.onEnd(() => this.endWith(this.#end!));
  }

  override begin(): void {
    this.owner.writer.write(this.id, this.path, this.options);
    if (this.queue !== undefined) this.connection.scheduler.ready(this);
    else if (this.#isHalfClosed) this.#writeEnd();
    this.connection.scheduleFlush();
  }

  send(message: Uint8Array): boolean {
    if (this.isEnded || this.#isHalfClosed) return false;
    if (this.queuedBytes > this.connection.limits.sendQueueSizeMax) {
      this.giveUp(GrpcCode.resourceExhausted, "grpc: too many messages wait for the peer");
      return false;
    }
    if (this.id === 0) queueMessage(this, message);
    const hasRoom =
      this.id === 0 ? this.queuedBytes <= this.connection.limits.sendHighWaterSize : sendMessage(this, message);
    this.#wantsRoom ||= !hasRoom;
    return hasRoom;
  }

  halfClose(): void {
    if (this.isEnded || this.#isHalfClosed) return;
    this.#isHalfClosed = true;
    if (this.queue !== undefined) this.endsWithData = true;
    else if (this.id !== 0) this.#writeEnd();
  }

  #writeEnd(): void {
    const { out } = this.connection;
    const at = out.reserve(frameHeaderSize);
    putFrameHeader(out.bytes, at, 0, endFrame, this.id);
    this.connection.finishLocal(this);
    this.connection.scheduleFlush();
  }

  pauseReading(): void {
    this.#gate.pause();
  }

  resumeReading(): void {
    this.#gate.resume();
  }

  override onSent(): void {
    if (!this.#wantsRoom || this.queuedBytes * 2 > this.connection.limits.sendHighWaterSize) return;
    this.#wantsRoom = false;
    this.#listener.onWritable?.();
  }

  override onData(bytes: Uint8Array, start: number, end: number): void {
    this.#gate.beforeData(end - start);
    super.onData(bytes, start, end);
  }

  protected override onHead(metadata: Metadata): void {
    this.#listener.onHeaders?.(metadata);
  }

  protected override onWholeMessage(message: Uint8Array): void {
    if (!this.#gate.push(message))
      this.giveUp(GrpcCode.resourceExhausted, "grpc: too many messages wait for the reader");
  }

  /** The end waits behind messages the reader has not taken. */
  protected override end(end: CallEnd): void {
    this.#end ??= end;
    this.#gate.end();
  }

  override onRemoteEnd(): void {
    if (this.#end === undefined) super.onRemoteEnd();
  }

  override onReset(code: number): void {
    // A server may cut short what we still send after it has answered.
    if (this.#end === undefined) super.onReset(code);
  }

  protected override onEnded(end: CallEnd): void {
    this.#gate.shut();
    this.#listener.onEnd(end);
  }
}
