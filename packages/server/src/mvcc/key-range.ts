/**
 * The interval of keys a request names by `key` and `range_end`, in etcd's three forms: no end is the key alone, an end
 * of one zero byte everything from the key on, any other end the keys below it. An end at or below the key is empty.
 */
import { successor } from "../lib/bytes.ts";
import type { KeyInterval } from "./index/key-index.ts";

/** Whether the request names one key only. */
export function isSingleKey(rangeEnd: Uint8Array): boolean {
  return rangeEnd.length === 0;
}

/** The interval; views of what is given, but for the end of a single key. */
export function intervalOf(key: Uint8Array, rangeEnd: Uint8Array): KeyInterval {
  if (isSingleKey(rangeEnd)) return { start: key, end: successor(key) };
  if (rangeEnd.length === 1 && rangeEnd[0] === 0) return { start: key };
  return { start: key, end: rangeEnd };
}
