/**
 * Holds incoming messages of a streaming call while its reader has paused or is not there yet, in order, and the half
 * close behind them. What waits is bounded in number, and in size by the stream's receive window, which gets no
 * credit meanwhile.
 */
import type { Http2Stream } from "../http2/index.ts";

/** Bounds what empty messages cost, which take no window to speak of. */
const heldCountMax = 16_384;

/** Between the messages of a stream and their reader. */
export class MessageGate {
  readonly #stream: Http2Stream;
  #messageListener: ((message: Uint8Array) => void) | undefined;
  #endListener: (() => void) | undefined;
  #held: Uint8Array[] = [];
  #isPaused = false;
  #isDelivering = false;
  #hasEnd = false;
  #isShut = false;

  constructor(stream: Http2Stream) {
    this.#stream = stream;
  }

  /** Names the reader of messages. */
  onMessage(run: (message: Uint8Array) => void): void {
    this.#messageListener = run;
    this.#deliver();
  }

  /** Names the reader of the end; called once. */
  onEnd(run: () => void): void {
    this.#endListener = run;
    this.#deliver();
  }

  /** Counts payload that will wait here. */
  beforeData(sizeBytes: number): void {
    if (this.#waits && !this.#isShut) this.#stream.connection.inbound.hold(this.#stream, sizeBytes);
  }

  /** A message came; false when too many wait already. */
  push(message: Uint8Array): boolean {
    if (this.#isShut) return true;
    if (this.#waits || this.#isDelivering) return this.#hold(message);
    this.#isDelivering = true;
    this.#messageListener!(message);
    this.#isDelivering = false;
    return true;
  }

  #hold(message: Uint8Array): boolean {
    if (this.#held.length >= heldCountMax) return false;
    // A copy, because a view of a few bytes keeps the whole chunk they came in.
    this.#held.push(message.slice());
    return true;
  }

  /** Nothing comes after what was pushed. */
  end(): void {
    this.#hasEnd = true;
    this.#deliver();
  }

  /** Delivers nothing until `resume`. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Delivers what waits and what comes. */
  resume(): void {
    this.#isPaused = false;
    this.#deliver();
  }

  /** Drops what waits; delivers nothing any more. */
  shut(): void {
    this.#isShut = true;
    this.#held = [];
    this.#stream.connection.inbound.release(this.#stream, this.#stream.heldBytes);
  }

  get #waits(): boolean {
    return this.#isPaused || this.#held.length > 0 || this.#messageListener === undefined;
  }

  #deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    while (this.#held.length > 0 && !this.#isPaused && this.#messageListener !== undefined) {
      this.#messageListener(this.#held.shift()!);
    }
    this.#isDelivering = false;
    if (this.#waits || this.#isShut) return;
    this.#stream.connection.inbound.release(this.#stream, this.#stream.heldBytes);
    const listener = this.#endListener;
    if (!this.#hasEnd || listener === undefined) return;
    this.#isShut = true;
    listener();
  }
}
