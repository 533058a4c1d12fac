/**
 * The older revisions of keys that have been written more than once, in slabs of numbers outside the JavaScript heap:
 * 16 bytes a revision and no object per key. A block holds the revisions of one key in ascending order, as pairs
 * (main, mark), with room for a power of two of them: a queue that grows at its end and loses its beginning to
 * compaction. It moves to another size when it is full or mostly empty, so each change costs O(1) on the whole.
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
  readonly #chunks: (Float64Array | undefined)[] = [];
  /** Per block: its first pair in use, and how many are. */
  readonly starts: number[] = [0];
  readonly counts: number[] = [0];
  readonly #free: number[] = [];

  constructor(sizeClass: number) {
    this.capacity = 2 ** sizeClass;
    this.#blocksPerChunk = Math.max(1, CHUNK_PAIRS / this.capacity);
  }

  allocate(): number {
    const index = this.#free.pop() ?? this.counts.push(0) - 1;
    assert(index <= INDEX_MAX, "the history of keys is full: compact more often");
    this.#chunks[Math.floor(index / this.#blocksPerChunk)] ??= new Float64Array(
      this.#blocksPerChunk * this.capacity * 2,
    );
    this.starts[index] = 0;
    this.counts[index] = 0;
    return index;
  }

  release(index: number): void {
    this.counts[index] = 0;
    this.#free.push(index);
    // A block that fills its chunk gives the memory back at once.
    if (this.#blocksPerChunk === 1) this.#chunks[index] = undefined;
  }

  chunkOf(index: number): Float64Array {
    return this.#chunks[Math.floor(index / this.#blocksPerChunk)]!;
  }

  /** Where the first pair in use stands in the chunk. */
  firstOf(index: number): number {
    return ((index % this.#blocksPerChunk) * this.capacity + this.starts[index]!) * 2;
  }

  /** Moves the pairs in use to the beginning of their block. */
  pack(index: number): void {
    const first = this.firstOf(index);
    this.chunkOf(index).copyWithin(first - this.starts[index]! * 2, first, first + this.counts[index]! * 2);
    this.starts[index] = 0;
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
    return blocks.chunkOf(index)[blocks.firstOf(index) + position * 2]!;
  }

  markAt(handle: number, position: number): number {
    const blocks = this.#class(handle);
    const index = handle >>> CLASS_BITS;
    return blocks.chunkOf(index)[blocks.firstOf(index) + position * 2 + 1]!;
  }

  /** The position of the newest revision whose main part is at most `main`, or -1. */
  find(handle: number, main: number): number {
    if (handle === 0) return -1;
    const blocks = this.#class(handle);
    const index = handle >>> CLASS_BITS;
    const pairs = blocks.chunkOf(index);
    const first = blocks.firstOf(index);
    let low = 0;
    let high = blocks.counts[index]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (pairs[first + middle * 2]! <= main) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Adds the newest revision; answers the handle to use from now on. */
  append(handle: number, main: number, mark: number): number {
    const target = this.#withRoom(handle);
    const blocks = this.#class(target);
    const index = target >>> CLASS_BITS;
    const count = blocks.counts[index]!;
    const at = blocks.firstOf(index) + count * 2;
    const pairs = blocks.chunkOf(index);
    pairs[at] = main;
    pairs[at + 1] = mark;
    blocks.counts[index] = count + 1;
    return target;
  }

  /** Forgets the `dropped` oldest revisions; answers the handle to use from now on. */
  dropFirst(handle: number, dropped: number): number {
    if (dropped === 0) return handle;
    const blocks = this.#class(handle);
    const index = handle >>> CLASS_BITS;
    const count = blocks.counts[index]! - dropped;
    assert(count >= 0, "a history is shorter than what shall be dropped of it");
    if (count === 0) {
      blocks.release(index);
      return 0;
    }
    blocks.starts[index] = blocks.starts[index]! + dropped;
    blocks.counts[index] = count;
    return count <= blocks.capacity / 4 ? this.#move(handle, count) : handle;
  }

  #withRoom(handle: number): number {
    if (handle === 0) return this.#allocate(0);
    const blocks = this.#class(handle);
    const index = handle >>> CLASS_BITS;
    const count = blocks.counts[index]!;
    if (blocks.starts[index]! + count < blocks.capacity) return handle;
    // With much room at the beginning packing pays for itself, with little the next size is due.
    if (count > blocks.capacity / 2) return this.#move(handle, count * 2);
    blocks.pack(index);
    return handle;
  }

  /** Copies a block into the smallest one with room for so many pairs. */
  #move(handle: number, room: number): number {
    const source = this.#class(handle);
    const sourceIndex = handle >>> CLASS_BITS;
    const count = source.counts[sourceIndex]!;
    const target = this.#allocate(Math.ceil(Math.log2(room)));
    const blocks = this.#class(target);
    const index = target >>> CLASS_BITS;
    const first = source.firstOf(sourceIndex);
    blocks.chunkOf(index).set(source.chunkOf(sourceIndex).subarray(first, first + count * 2), blocks.firstOf(index));
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
