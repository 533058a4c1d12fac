/**
 * The contents of a fake file: bytes in pages, where pages never written read as zeros and take no memory.
 * A segment preallocated to 64 MiB costs a simulation nothing until records are written to it.
 */
import { assert } from "../lib/assert.ts";

/** Granularity of holes. */
export const PAGE_BYTES = 4096;

/** A growable run of bytes with holes. */
export class SparseBytes {
  #sizeBytes = 0;
  readonly #pages = new Map<number, Uint8Array>();

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** An independent copy. */
  clone(): SparseBytes {
    const copy = new SparseBytes();
    copy.#sizeBytes = this.#sizeBytes;
    for (const [number, page] of this.#pages) copy.#pages.set(number, page.slice());
    return copy;
  }

  /** Cuts, or extends with zeros. */
  resize(sizeBytes: number): void {
    assert(sizeBytes >= 0 && Number.isSafeInteger(sizeBytes), "a size is a whole number of bytes");
    if (sizeBytes < this.#sizeBytes) this.#zeroFrom(sizeBytes);
    this.#sizeBytes = sizeBytes;
  }

  /** Writes, extending when needed. */
  write(bytes: Uint8Array, position: number): void {
    assert(position >= 0 && Number.isSafeInteger(position), "a position is a whole number of bytes");
    for (let done = 0; done < bytes.byteLength; ) {
      const offset = (position + done) % PAGE_BYTES;
      const part = bytes.subarray(done, done + PAGE_BYTES - offset);
      this.#page(Math.floor((position + done) / PAGE_BYTES)).set(part, offset);
      done += part.byteLength;
    }
    this.#sizeBytes = Math.max(this.#sizeBytes, position + bytes.byteLength);
  }

  /** Fills `into` from `position` on, as far as there are bytes, and tells how many there were. */
  read(into: Uint8Array, position: number): number {
    const count = Math.max(0, Math.min(into.byteLength, this.#sizeBytes - position));
    for (let done = 0; done < count; ) {
      const offset = (position + done) % PAGE_BYTES;
      const length = Math.min(PAGE_BYTES - offset, count - done);
      const page = this.#pages.get(Math.floor((position + done) / PAGE_BYTES));
      if (page === undefined) into.fill(0, done, done + length);
      else into.set(page.subarray(offset, offset + length), done);
      done += length;
    }
    return count;
  }

  /** Everything, as one array. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(this.#sizeBytes);
    this.read(bytes, 0);
    return bytes;
  }

  /** Numbers of the pages that hold something at or after `position`. */
  pagesFrom(position: number): number[] {
    const first = Math.floor(position / PAGE_BYTES);
    return [...this.#pages.keys()].filter((number) => number >= first).sort((a, b) => a - b);
  }

  #page(number: number): Uint8Array {
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = new Uint8Array(PAGE_BYTES);
      this.#pages.set(number, page);
    }
    return page;
  }

  #zeroFrom(position: number): void {
    const boundary = Math.floor(position / PAGE_BYTES);
    this.#pages.get(boundary)?.fill(0, position % PAGE_BYTES);
    for (const number of this.pagesFrom(position)) if (number > boundary) this.#pages.delete(number);
  }
}
