/**
 * What a watcher watches: one key, or an interval of keys. Keys are `keyString`s.
 */
import { keyString } from "../../lib/key-string.ts";

/** An interval of keys, or a single one. */
export interface KeyRange {
  readonly start: string;
  /** First key behind the interval; `undefined`: no end. Equal to `start` for a single key. */
  readonly end: string | undefined;
}

/**
 * The range of a watch request: no key is the key of one zero byte, no end a single key, an end of one zero byte no end.
 * `undefined` for an end at or below the key.
 */
export function keyRangeOf(key: Uint8Array, rangeEnd: Uint8Array): KeyRange | undefined {
  const start = key.length === 0 ? "\0" : keyString(key);
  if (rangeEnd.length === 0) return { start, end: start };
  if (rangeEnd.length === 1 && rangeEnd[0] === 0) return { start, end: undefined };
  const end = keyString(rangeEnd);
  return start < end ? { start, end } : undefined;
}

/** Whether the range is a single key. */
export function isSingleKey(range: KeyRange): boolean {
  return range.end === range.start;
}
