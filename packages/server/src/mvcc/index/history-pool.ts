/**
 * The older revisions of keys that have been written more than once, in slabs of numbers outside the JavaScript heap:
 * 16 bytes a revision and no object per key. A block holds the revisions of one key in ascending order, as pairs
 * (main, mark), and has room for a power of two of them; when full it moves to the next size.
 *
 * A handle names a block: `class + 32 * index`, the class being the power of two. 0 is the empty history.
 */
import { assert } from "../../lib/assert.ts";

const CHUNK_PAIRS = 4096;
const CLASS_BITS = 5;
const CLASS_MASK = (1 << CLASS_BITS) - 1;
const INDEX_MAX = 2 ** (32 - CLASS_BITS) - 1;

/** Blocks of one size. Index 0 is never handed out, so that no handle is 0. */
class SizeClass {
  readonly capacity: number;
  readonly #blocksPerChunk: number;
  readonly chunks: (Float64Array | undefined)[] = [];
  readonly counts: number[] = [0];
  readonly #free: number[] = [];

  constructor(sizeClass: number) {
    this.capacity = 2 ** sizeClass;
    this.#blocksPerChunk = Math.max(1, CHUNK_PAIRS / this.capacity);
  }

  allocate(): number {
    const index = this.#free.pop() ?? this.counts.push(0) - 1;
    assert(index <= INDEX_MAX, "the history of keys is full: compact more often");
    const chunk = Math.floor(index / this.#blocksPerChunk);
    this.chunks[chunk] ??= new Float64Array(this.#blocksPerChunk * this.capacity * 2);
    this.counts[index] = 0;
    return index;
  }

  release(index: number): void {
    this.counts[index] = 0;
    this.#free.push(index);
    // A block that fills its chunk gives the memory back at once.
    if (this.#blocksPerChunk === 1) this.chunks[index] = undefined;
  }

  chunkOf(index: number): Float64Array {
    return this.chunks[Math.floor(index / this.#blocksPerChunk)]!;
  }

  offsetOf(index: number): number {
    return (index % this.#blocksPerChunk) * this.capacity * 2;
  }
}

/** Histories by handle. A handle is dead once `append`, `dropFirst` or `release` answered another one. */
export class HistoryPool {
  readonly #classes: SizeClass[] = [];

  count(handle: number): number {
    return handle === 0 ? 0 : this.#class(handle).counts[handle >>> CLASS_BITS]!;
  }

  mainAt(handle: number, position: number): number {
    const blocks = this.#class(handle);
    const index = handle >>> CLASS_BITS;
    return blocks.chunkOf(index)[blocks.offsetOf(index) + position * 2]!;
  }

  markAt(handle: number, position: number): number {
    const blocks = this.#class(handle);
    const index = handle >>> CLASS_BITS;
    return blocks.chunkOf(index)[blocks.offsetOf(index) + position * 2 + 1]!;
  }

  /** The position of the newest revision whose main part is at most `main`, or -1. */
  find(handle: number, main: number): number {
    if (handle === 0) return -1;
    const blocks = this.#class(handle);
    const index = handle >>> CLASS_BITS;
    const pairs = blocks.chunkOf(index);
    const offset = blocks.offsetOf(index);
    let low = 0;
    let high = blocks.counts[index]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (pairs[offset + middle * 2]! <= main) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Adds the newest revision; answers the handle to use from now on. */
  append(handle: number, main: number, mark: number): number {
    let target = handle;
    if (handle === 0) target = this.#allocate(0);
    else if (this.count(handle) === this.#class(handle).capacity) target = this.#move(handle, 0);
    const blocks = this.#class(target);
    const index = target >>> CLASS_BITS;
    const position = blocks.counts[index]!;
    const offset = blocks.offsetOf(index) + position * 2;
    const pairs = blocks.chunkOf(index);
    pairs[offset] = main;
    pairs[offset + 1] = mark;
    blocks.counts[index] = position + 1;
    return target;
  }

  /** Forgets the `dropped` oldest revisions; answers the handle to use from now on. */
  dropFirst(handle: number, dropped: number): number {
    const count = this.count(handle);
    assert(dropped <= count, "a history is shorter than what shall be dropped of it");
    if (dropped === 0) return handle;
    if (dropped < count) return this.#move(handle, dropped);
    this.release(handle);
    return 0;
  }

  release(handle: number): void {
    if (handle !== 0) this.#class(handle).release(handle >>> CLASS_BITS);
  }

  /** Copies a block without its first revisions into one that fits, with room for one more. */
  #move(handle: number, from: number): number {
    const source = this.#class(handle);
    const sourceIndex = handle >>> CLASS_BITS;
    const count = source.counts[sourceIndex]! - from;
    const room = from === 0 ? count + 1 : count;
    const target = this.#allocate(Math.ceil(Math.log2(room)));
    const blocks = this.#class(target);
    const index = target >>> CLASS_BITS;
    const start = source.offsetOf(sourceIndex) + from * 2;
    blocks.chunkOf(index).set(source.chunkOf(sourceIndex).subarray(start, start + count * 2), blocks.offsetOf(index));
    blocks.counts[index] = count;
    source.release(sourceIndex);
    return target;
  }

  #allocate(sizeClass: number): number {
    while (this.#classes.length <= sizeClass) this.#classes.push(new SizeClass(this.#classes.length));
    return this.#classes[sizeClass]!.allocate() * (CLASS_MASK + 1) + sizeClass;
  }

  #class(handle: number): SizeClass {
    return this.#classes[handle & CLASS_MASK]!;
  }
}
