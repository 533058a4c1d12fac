/**
 * How long a reader may take over what is sent bit by bit. It begins with `sendStallMs`; time in which bytes wait for it
 * is taken off, and every byte it takes earns the time that byte takes at `sendRateMin`, never beyond the beginning. So
 * a reader that is slow for long, or still for `sendStallMs`, loses its stream, and one that waits for us loses nothing.
 */
import type { Http2Stream } from "../http2/index.ts";

/** The patience with the reader of one stream; it keeps the stream's `guardMs`. */
export class SendPatience {
  readonly #stream: Http2Stream;
  #leftMs: number;
  #sinceMs = 0;
  #queuedBytes = 0;

  constructor(stream: Http2Stream) {
    this.#stream = stream;
    this.#leftMs = stream.connection.limits.sendStallMs;
  }

  /** To be called after bytes were queued or some of the queue has left. */
  onQueueChange(): void {
    const { clock, limits, guard } = this.#stream.connection;
    const nowMs = clock.nowMs();
    const queuedBytes = this.#stream.queue === undefined ? 0 : this.#stream.queuedBytes;
    if (this.#queuedBytes > 0) {
      const earnedMs = (Math.max(0, this.#queuedBytes - queuedBytes) * 1000) / limits.sendRateMin;
      this.#leftMs = Math.min(limits.sendStallMs, this.#leftMs - (nowMs - this.#sinceMs) + earnedMs);
    }
    this.#sinceMs = nowMs;
    this.#queuedBytes = queuedBytes;
    this.#stream.guardMs = queuedBytes === 0 ? 0 : Math.ceil(nowMs + Math.max(0, this.#leftMs));
    if (queuedBytes > 0) guard.wakeAt(this.#stream.guardMs);
  }
}
