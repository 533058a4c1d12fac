// The exact size of an entry in raftpb's protobuf encoding, which is what every size limit of Raft counts:
// type = 1 (absent for normal entries), term = 2, index = 3, data = 4 (absent when empty).

import type { Entry } from "../types.ts";
import { varintSize } from "./varint.ts";

/** Returns the bytes one entry takes in a message or in the log. */
export function entrySize(entry: Entry): number {
  const length = entry.data.length;
  const body = length === 0 ? 0 : 1 + varintSize(length) + length;
  return (entry.type === 0 ? 0 : 2) + 2 + varintSize(entry.term) + varintSize(entry.index) + body;
}

/** Returns the bytes a run of entries takes. */
export function entriesSize(entries: readonly Entry[]): number {
  let size = 0;
  for (let i = 0; i < entries.length; i++) size += entrySize(entries[i]!);
  return size;
}

/** Returns the bytes of data alone; an empty entry counts as nothing. */
export function payloadsSize(entries: readonly Entry[]): number {
  let size = 0;
  for (let i = 0; i < entries.length; i++) size += entries[i]!.data.length;
  return size;
}

/** A run of entries inside a larger array: `entries[from]` up to, not including, `entries[to]`. */
export interface Run {
  entries: readonly Entry[];
  from: number;
  to: number;
}

/** Returns the end of the longest prefix of a run that fits `maxSizeBytes`; the first entry always fits. */
export function fittingEnd({ entries, from, to }: Run, maxSizeBytes: number): number {
  if (to - from <= 1 || maxSizeBytes === Number.POSITIVE_INFINITY) return to;
  let size = entrySize(entries[from]!);
  for (let i = from + 1; i < to; i++) {
    size += entrySize(entries[i]!);
    if (size > maxSizeBytes) return i;
  }
  return to;
}
