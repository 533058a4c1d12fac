/**
 * Sends what had to wait: for a stream's window, the connection's window or the transport. Streams that may send take
 * turns, one frame each, so a large reply does not hold back small ones. A stream whose own window is shut waits
 * outside the queue until the peer opens it.
 */

import type { Http2Connection } from "./connection.ts";
import { putFrameHeader, typeAndFlags } from "./frame-writer.ts";
import { Flag, FrameType, frameHeaderSize, initialWindowSizeBytes, windowSizeMax } from "./frames.ts";
import type { Http2Stream } from "./stream.ts";

const burstSizeBytes = 64 * 1024;
const worthwhileSizeBytes = 512;

/** The connection's send window and the streams waiting for it. */
export class SendScheduler {
  /** Bytes the peer lets us send on all streams together. */
  windowBytes = initialWindowSizeBytes;
  readonly #connection: Http2Connection;
  #ready: Http2Stream[] = [];
  #head = 0;

  constructor(connection: Http2Connection) {
    this.#connection = connection;
  }

  /** Whether any stream could go on if the connection could. */
  get hasReady(): boolean {
    return this.#head < this.#ready.length;
  }

  /** Queues bytes of a stream; they must not change until they are sent. */
  enqueue(stream: Http2Stream, bytes: Uint8Array): void {
    stream.queue ??= [];
    if (bytes.length > 0) stream.queue.push(bytes);
    stream.queuedBytes += bytes.length;
    this.ready(stream);
  }

  /** Gives a stream its turn if it has something to send and is allowed to; one without an id is not open yet. */
  ready(stream: Http2Stream): void {
    if (stream.isReady || stream.isGone || stream.queue === undefined || stream.id === 0) return;
    if (stream.sendWindow <= 0 && stream.queuedBytes > 0) return;
    stream.isReady = true;
    this.#ready.push(stream);
  }

  /** Adds to the connection's window; false when it overflows. */
  open(sizeBytes: number): boolean {
    this.windowBytes += sizeBytes;
    return this.windowBytes <= windowSizeMax;
  }

  /** Sends frames until nothing is ready, the window is shut or the transport is full. */
  pump(): void {
    const connection = this.#connection;
    while (this.hasReady && !connection.isBlocked && !connection.isClosed) {
      const stream = this.#ready[this.#head]!;
      if (this.windowBytes <= 0 && stream.queuedBytes > 0) return;
      this.#pop();
      stream.isReady = false;
      if (!stream.isGone) this.#turn(stream);
      if (connection.out.length >= burstSizeBytes) connection.writeOut();
    }
  }

  #pop(): void {
    this.#head++;
    if (this.#head < 64 || this.#head * 2 < this.#ready.length) return;
    this.#ready = this.#ready.slice(this.#head);
    this.#head = 0;
  }

  #turn(stream: Http2Stream): void {
    if (stream.queue === undefined) return;
    const allowed = Math.min(stream.queuedBytes, stream.sendWindow, this.windowBytes);
    const size = Math.min(Math.max(0, allowed), this.#connection.peerSettings.frameSizeMax);
    if (size === 0 && stream.queuedBytes > 0) return;
    const isLast = size === stream.queuedBytes;
    if (size > 0 || stream.endsWithData) this.#frame(stream, size, isLast && stream.endsWithData);
    if (isLast) stream.queue = undefined;
    else this.ready(stream);
    if (isLast && stream.endsWithData) this.#connection.finishLocal(stream);
    stream.onSent();
  }

  #frame(stream: Http2Stream, size: number, endStream: boolean): void {
    const out = this.#connection.out;
    const at = out.reserve(frameHeaderSize + size);
    putFrameHeader(out.bytes, at, size, typeAndFlags(FrameType.data, endStream ? Flag.endStream : 0), stream.id);
    takeQueued(stream, size, out.bytes.subarray(at + frameHeaderSize, at + frameHeaderSize + size));
    stream.sendWindow -= size;
    this.windowBytes -= size;
    this.#connection.hasSent(size >= worthwhileSizeBytes || stream.queuedBytes === 0);
  }
}

/** Moves the first `size` queued bytes of a stream into `target`. */
function takeQueued(stream: Http2Stream, size: number, target: Uint8Array): void {
  const queue = stream.queue!;
  let at = 0;
  let used = 0;
  while (at < size) {
    const chunk = queue[used]!;
    const taken = Math.min(chunk.length, size - at);
    target.set(taken === chunk.length ? chunk : chunk.subarray(0, taken), at);
    at += taken;
    if (taken === chunk.length) used++;
    else queue[used] = chunk.subarray(taken);
  }
  if (used > 0) queue.splice(0, used);
  stream.queuedBytes -= size;
}
