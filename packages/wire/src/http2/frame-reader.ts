/**
 * Cuts a stream of chunks into frames. A frame that lies whole in a chunk is handed over in place; only one that
 * straddles chunks is copied, into memory of its own, so the bytes of a frame stay valid for as long as anyone
 * keeps a view of them. Holds at most one unfinished frame.
 */
import { clientPreface, frameHeaderSize } from "./frames.ts";

/** Takes frames; each method answers whether reading goes on. */
export interface FrameSink {
  /** A frame with its payload in `bytes[start, end)`. */
  onFrame(type: number, flags: number, id: number, bytes: Uint8Array, start: number, end: number): boolean;
  /** The length field exceeds what we announced. */
  onOversizedFrame(sizeBytes: number): void;
  /** The connection did not begin as RFC 9113 section 3.4 says. */
  onBadPreface(): void;
}

const noBytes = new Uint8Array(0);

/** Frame parser of one connection. */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #frameSizeMax: number;
  #prefaceLeft: number;
  #isStopped = false;
  // An unfinished frame: `#carry[0, #carried)`; the array has the frame's size as soon as that is known.
  #carry: Uint8Array = noBytes;
  #carried = 0;

  constructor(sink: FrameSink, options: { expectsPreface: boolean; frameSizeMax: number }) {
    this.#sink = sink;
    this.#frameSizeMax = options.frameSizeMax;
    this.#prefaceLeft = options.expectsPreface ? clientPreface.length : 0;
  }

  /** Whether part of a frame has arrived and the rest has not. */
  get isMidFrame(): boolean {
    return this.#carried > 0;
  }

  /** Reads a chunk to its end, or until the sink stops. */
  push(chunk: Uint8Array): void {
    if (this.#isStopped) return;
    const start = this.#prefaceLeft > 0 ? this.#preface(chunk) : 0;
    if (start < 0) return;
    const from = this.#carried > 0 ? this.#completeCarry(chunk, start) : start;
    if (from >= 0) this.#frames(chunk, from);
  }

  /** Takes no further chunk. */
  stop(): void {
    this.#isStopped = true;
    this.#carry = noBytes;
    this.#carried = 0;
  }

  #preface(chunk: Uint8Array): number {
    let at = 0;
    for (; at < chunk.length && this.#prefaceLeft > 0; at++, this.#prefaceLeft--) {
      if (chunk[at] === clientPreface.charCodeAt(clientPreface.length - this.#prefaceLeft)) continue;
      this.#isStopped = true;
      this.#sink.onBadPreface();
      return -1;
    }
    return at;
  }

  #frames(chunk: Uint8Array, from: number): void {
    let at = from;
    const end = chunk.length;
    while (end - at >= frameHeaderSize) {
      const next = at + frameHeaderSize + sizeAt(chunk, at);
      if (next > end) break;
      if (!this.#emit(chunk, at, next)) return;
      at = next;
    }
    if (at < end) this.#keep(chunk, at);
  }

  #emit(bytes: Uint8Array, at: number, end: number): boolean {
    if (end - at - frameHeaderSize > this.#frameSizeMax) return this.#oversized(end - at - frameHeaderSize);
    const id = ((bytes[at + 5]! & 0x7f) << 24) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 8) | bytes[at + 8]!;
    const goesOn = this.#sink.onFrame(bytes[at + 3]!, bytes[at + 4]!, id, bytes, at + frameHeaderSize, end);
    return goesOn && !this.#isStopped;
  }

  #oversized(sizeBytes: number): false {
    this.#isStopped = true;
    this.#sink.onOversizedFrame(sizeBytes);
    return false;
  }

  #keep(chunk: Uint8Array, at: number): void {
    const left = chunk.length - at;
    let size = frameHeaderSize;
    if (left >= frameHeaderSize) {
      const payload = sizeAt(chunk, at);
      if (payload > this.#frameSizeMax) {
        this.#oversized(payload);
        return;
      }
      size += payload;
    }
    this.#carry = new Uint8Array(size);
    this.#carry.set(chunk.subarray(at));
    this.#carried = left;
  }

  /** Fills the unfinished frame from the chunk; returns where the next one starts, or -1 when there is nothing more. */
  #completeCarry(chunk: Uint8Array, start: number): number {
    let at = start;
    if (this.#carried < frameHeaderSize) {
      at = this.#fill(chunk, at, frameHeaderSize);
      if (this.#carried < frameHeaderSize) return -1;
      const payload = sizeAt(this.#carry, 0);
      if (payload > this.#frameSizeMax) {
        this.#oversized(payload);
        return -1;
      }
      const whole = new Uint8Array(frameHeaderSize + payload);
      whole.set(this.#carry.subarray(0, frameHeaderSize));
      this.#carry = whole;
    }
    at = this.#fill(chunk, at, this.#carry.length);
    if (this.#carried < this.#carry.length) return -1;
    const frame = this.#carry;
    this.#carry = noBytes;
    this.#carried = 0;
    return this.#emit(frame, 0, frame.length) ? at : -1;
  }

  #fill(chunk: Uint8Array, at: number, wanted: number): number {
    const taken = Math.min(wanted - this.#carried, chunk.length - at);
    this.#carry.set(chunk.subarray(at, at + taken), this.#carried);
    this.#carried += taken;
    return at + taken;
  }
}

function sizeAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}
