/**
 * An ordered map from byte strings to values: a list of sorted chunks of bounded length, so that a lookup is two binary
 * searches and an insertion moves at most one chunk. Ascending insertion, the common case of revisions, only appends.
 *
 * Invariants: chunks are never empty (but for an empty map), each is sorted, and each sorts before the next.
 * Keys are kept as given: the caller does not change them afterwards.
 */
import { compareBytes } from "./bytes.ts";

const CHUNK_LENGTH_MAX = 512;

interface Chunk<V> {
  keys: Uint8Array[];
  values: V[];
}

/** The map; entries are visited in key order by `scan`. */
export class SortedBytesMap<V> {
  #chunks: Chunk<V>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: Uint8Array): V | undefined {
    const chunk = this.#chunks[this.#chunkOf(key)];
    if (chunk === undefined) return undefined;
    const at = lowerBound(chunk.keys, key);
    return at < chunk.keys.length && compareBytes(chunk.keys[at]!, key) === 0 ? chunk.values[at] : undefined;
  }

  /** Sets and returns the value the key had before. */
  set(key: Uint8Array, value: V): V | undefined {
    if (this.#append(key, value)) return undefined;
    const index = this.#chunkOf(key);
    const chunk = this.#chunks[index]!;
    const at = lowerBound(chunk.keys, key);
    if (at < chunk.keys.length && compareBytes(chunk.keys[at]!, key) === 0) {
      const previous = chunk.values[at];
      chunk.values[at] = value;
      return previous;
    }
    chunk.keys.splice(at, 0, key);
    chunk.values.splice(at, 0, value);
    this.#size++;
    if (chunk.keys.length > CHUNK_LENGTH_MAX) this.#split(index);
    return undefined;
  }

  /** Removes and returns the value the key had. */
  delete(key: Uint8Array): V | undefined {
    const index = this.#chunkOf(key);
    const chunk = this.#chunks[index];
    if (chunk === undefined) return undefined;
    const at = lowerBound(chunk.keys, key);
    if (at >= chunk.keys.length || compareBytes(chunk.keys[at]!, key) !== 0) return undefined;
    const previous = chunk.values[at];
    chunk.keys.splice(at, 1);
    chunk.values.splice(at, 1);
    this.#size--;
    if (chunk.keys.length === 0) this.#chunks.splice(index, 1);
    return previous;
  }

  /** Calls `visit` for each entry from `start` on, in order, until it answers false or `end` (exclusive) is reached. */
  scan(
    range: { start: Uint8Array; end?: Uint8Array | undefined },
    visit: (key: Uint8Array, value: V) => boolean,
  ): void {
    let index = this.#chunkOf(range.start);
    let chunk = this.#chunks[index];
    let at = chunk === undefined ? 0 : lowerBound(chunk.keys, range.start);
    while (chunk !== undefined) {
      for (; at < chunk.keys.length; at++) {
        const key = chunk.keys[at]!;
        if (range.end !== undefined && compareBytes(key, range.end) >= 0) return;
        if (!visit(key, chunk.values[at]!)) return;
      }
      chunk = this.#chunks[++index];
      at = 0;
    }
  }

  /** The index of the only chunk that may hold the key. */
  #chunkOf(key: Uint8Array): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (compareBytes(this.#chunks[middle]!.keys[0]!, key) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #append(key: Uint8Array, value: V): boolean {
    let last = this.#chunks[this.#chunks.length - 1];
    if (last !== undefined && compareBytes(last.keys[last.keys.length - 1]!, key) >= 0) return false;
    if (last === undefined || last.keys.length >= CHUNK_LENGTH_MAX) {
      last = { keys: [], values: [] };
      this.#chunks.push(last);
    }
    last.keys.push(key);
    last.values.push(value);
    this.#size++;
    return true;
  }

  #split(index: number): void {
    const chunk = this.#chunks[index]!;
    const half = chunk.keys.length >> 1;
    const right = { keys: chunk.keys.splice(half), values: chunk.values.splice(half) };
    this.#chunks.splice(index + 1, 0, right);
  }
}

function lowerBound(keys: Uint8Array[], key: Uint8Array): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes(keys[middle]!, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
