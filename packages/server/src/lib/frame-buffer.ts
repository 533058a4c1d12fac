/**
 * Bytes of a stream as they arrive, to be taken in pieces of a given size. A piece inside one chunk is a view of it;
 * one that spans chunks is copied together once, when its last byte is there. Chunks are never written to.
 */
export class FrameBuffer {
  #chunks: Uint8Array[] = [];
  /** Offset in the first chunk. */
  #at = 0;
  #length = 0;

  /** Bytes that can be taken. */
  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** Takes the next byte; there must be one. */
  byte(): number {
    return this.take(1)![0]!;
  }

  /** Takes `size` bytes, undefined while fewer have arrived. */
  take(size: number): Uint8Array | undefined {
    if (size > this.#length) return undefined;
    this.#length -= size;
    const first = this.#chunks[0];
    if (first === undefined || size <= first.length - this.#at) return this.#takeFirst(first, size);
    return this.#join(size);
  }

  #takeFirst(first: Uint8Array | undefined, size: number): Uint8Array {
    if (first === undefined) return new Uint8Array(0);
    const piece = first.subarray(this.#at, this.#at + size);
    this.#at += size;
    if (this.#at === first.length) {
      this.#chunks.shift();
      this.#at = 0;
    }
    return piece;
  }

  #join(size: number): Uint8Array {
    const joined = new Uint8Array(size);
    let filled = 0;
    let used = 0;
    while (filled < size) {
      const chunk = this.#chunks[used]!;
      const piece = chunk.subarray(this.#at, Math.min(chunk.length, this.#at + size - filled));
      joined.set(piece, filled);
      filled += piece.length;
      this.#at += piece.length;
      if (this.#at === chunk.length) {
        used++;
        this.#at = 0;
      }
    }
    this.#chunks.splice(0, used);
    return joined;
  }
}
