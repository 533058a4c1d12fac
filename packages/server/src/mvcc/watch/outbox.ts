/**
 * What goes out on one stream: event answers by way of the shared writer, all others whole. It knows whether the sink asked
 * for a pause, and writes no events then; the few answers to requests go out all the same, in order.
 */
import { WatchResponse } from "@etcd-ts/proto";
import { messagesOf, type ResponseParts, type ResponseWriter, sizeOfResponse } from "./response-writer.ts";

/**
 * Where answers go. `false`: taken, but pause until `writable()` of the stream is called, which must not happen inside the
 * call. After it come only what was encoded already, 64 KiB at most, and answers to further requests. Bytes handed over
 * are the sink's and never change.
 */
export interface WatchSink {
  /** One encoded WatchResponse. */
  send(message: Uint8Array): boolean;
  /** Several at once, each behind gRPC's 5-byte prefix. A sink without it gets them one by one. */
  sendFramed?(frames: Uint8Array, count: number): boolean;
}

/** The way out of one stream. */
export class Outbox {
  readonly #sink: WatchSink;
  readonly #writer: ResponseWriter;
  /** The sink asked for a pause. */
  paused = false;
  /** Bytes written since somebody last set it to 0: what the stream has cost. */
  sentBytes = 0;

  constructor(sink: WatchSink, writer: ResponseWriter) {
    this.#sink = sink;
    this.#writer = writer;
  }

  /** Sends an answer without events, behind the events written so far. */
  control(response: Partial<WatchResponse>): void {
    this.emit();
    if (!this.#sink.send(WatchResponse.encode(WatchResponse.create(response)))) this.paused = true;
  }

  /** Writes an event answer; it goes out with `emit`, or when the buffer is full. */
  events(parts: ResponseParts): void {
    const size = sizeOfResponse(parts);
    if (!this.#writer.fits(size)) this.emit();
    this.#writer.write(parts, size);
    this.sentBytes += size;
  }

  /** Hands what was written to the sink; afterwards the writer is free for another stream. */
  emit(): void {
    const count = this.#writer.count;
    if (count === 0) return;
    const frames = this.#writer.take();
    if (this.#sink.sendFramed !== undefined) {
      if (!this.#sink.sendFramed(frames, count)) this.paused = true;
      return;
    }
    for (const message of messagesOf(frames)) if (!this.#sink.send(message)) this.paused = true;
  }
}
