/**
 * Length-prefixed messages out of DATA frames (gRPC over HTTP2, "Length-Prefixed-Message"):
 *
 *     compressed-flag (8) | length (32, big endian) | message
 *
 * This is the slow way, for a message whose bytes do not lie in one frame: it copies them together. Memory grows with
 * the bytes that came, never with the length that was announced.
 */

/** Bytes before every message. */
export const prefixSize = 5;

const initialSizeBytes = 16 * 1024;

/** One message on its way in. */
export class MessageAssembly {
  /** The compressed flag, once the prefix is whole. */
  flag = 0;
  /** Announced size of the message, or -1 until the prefix is whole. */
  sizeBytes = -1;
  #body: Uint8Array = new Uint8Array(0);
  #filled = 0;
  readonly #prefix = new Uint8Array(prefixSize);
  #prefixFilled = 0;

  /** Takes bytes of the prefix from `bytes[start, end)`; returns where the rest starts. */
  takePrefix(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (this.#prefixFilled < prefixSize && at < end) this.#prefix[this.#prefixFilled++] = bytes[at++]!;
    if (this.#prefixFilled === prefixSize && this.sizeBytes < 0) {
      this.flag = this.#prefix[0]!;
      this.sizeBytes = messageSizeAt(this.#prefix, 0);
    }
    return at;
  }

  /** Takes bytes of the message; returns where the rest starts. */
  takeBody(bytes: Uint8Array, start: number, end: number): number {
    const taken = Math.min(this.sizeBytes - this.#filled, end - start);
    this.#ensure(this.#filled + taken);
    this.#body.set(bytes.subarray(start, start + taken), this.#filled);
    this.#filled += taken;
    return start + taken;
  }

  /** Whether every byte is there. */
  get isComplete(): boolean {
    return this.sizeBytes >= 0 && this.#filled === this.sizeBytes;
  }

  /** Bytes of memory in use. */
  get heldBytes(): number {
    return this.#body.length;
  }

  /** The complete message. */
  message(): Uint8Array {
    return this.#body.subarray(0, this.#filled);
  }

  #ensure(sizeBytes: number): void {
    if (sizeBytes <= this.#body.length) return;
    const doubled = Math.max(sizeBytes, 2 * this.#body.length, initialSizeBytes);
    const grown = new Uint8Array(Math.min(doubled, this.sizeBytes));
    grown.set(this.#body.subarray(0, this.#filled));
    this.#body = grown;
  }
}

/** Size in a message prefix at `bytes[at…]`. */
export function messageSizeAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 1]! << 24) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!) >>> 0;
}
