/** A set of keys as disjoint intervals in order: adding merges what touches, looking up is a binary search. */
import { compareBytes } from "../../lib/bytes.ts";
import type { KeyInterval } from "../index/key-index.ts";

/** The set. */
export class IntervalSet {
  readonly #intervals: KeyInterval[] = [];

  /** Disjoint and in order. */
  get intervals(): readonly KeyInterval[] {
    return this.#intervals;
  }

  /** Adds an interval; one whose end is at or below its start is empty. */
  add(interval: KeyInterval): void {
    if (interval.end !== undefined && compareBytes(interval.end, interval.start) <= 0) return;
    const from = this.#firstEndingFrom(interval.start);
    let to = from;
    let { start, end } = interval;
    for (; to < this.#intervals.length; to++) {
      const other = this.#intervals[to]!;
      if (end !== undefined && compareBytes(other.start, end) > 0) break;
      if (compareBytes(other.start, start) < 0) start = other.start;
      end = later(end, other.end);
    }
    this.#intervals.splice(from, to - from, { start, end });
  }

  contains(key: Uint8Array): boolean {
    const interval = this.#intervals[this.#firstEndingFrom(key)];
    if (interval === undefined || compareBytes(interval.start, key) > 0) {
      return false;
    }
    // An interval that ends exactly at the key does not hold it; the next one may begin there, but then they were merged.
    return interval.end === undefined || compareBytes(key, interval.end) < 0;
  }

  /** The first interval that ends at or behind the key. */
  #firstEndingFrom(key: Uint8Array): number {
    let low = 0;
    let high = this.#intervals.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { end } = this.#intervals[middle]!;
      if (end !== undefined && compareBytes(end, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function later(a: Uint8Array | undefined, b: Uint8Array | undefined): Uint8Array | undefined {
  if (a === undefined || b === undefined) return undefined;
  return compareBytes(a, b) > 0 ? a : b;
}
