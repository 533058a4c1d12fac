// A log in memory: for tests, and for applications that keep the log in memory beside a write-ahead log.
// `#entries[0]` is a stand-in that carries the index and term of the last compacted entry, so that the entry after it can
// be matched. Invariant: entry i has index `#entries[0].index + i`.

import { fittingEnd } from "../codec/index.ts";
import { fail } from "../invariant.ts";
import {
  type ConfState,
  type Entry,
  EntryType,
  emptyConfState,
  type HardState,
  noBytes,
  type Snapshot,
} from "../types.ts";
import type { InitialState, Storage, StorageError } from "./storage.ts";

/** A storage whose content is an array. Entries handed in or out are shared, never copied. */
export class MemoryStorage implements Storage {
  #hardState: HardState = { term: 0, vote: 0n, commit: 0 };
  #snapshot: Snapshot = { data: noBytes, metadata: { confState: emptyConfState(), index: 0, term: 0 } };
  #entries: Entry[] = [standIn(0, 0)];

  initialState(): InitialState {
    return { hardState: this.#hardState, confState: this.#snapshot.metadata.confState };
  }

  entries(lo: number, hi: number, maxSizeBytes: number): Entry[] | StorageError {
    const offset = this.#entries[0]!.index;
    if (lo <= offset) return "compacted";
    if (hi > this.lastIndex() + 1) fail(`entries [${lo}, ${hi}) asked, last index is ${this.lastIndex()}`);
    if (this.#entries.length === 1) return "unavailable";
    const end = fittingEnd({ entries: this.#entries, from: lo - offset, to: hi - offset }, maxSizeBytes);
    return this.#entries.slice(lo - offset, end);
  }

  term(index: number): number | StorageError {
    const at = index - this.#entries[0]!.index;
    if (at < 0) return "compacted";
    return this.#entries[at]?.term ?? "unavailable";
  }

  lastIndex(): number {
    return this.#entries[0]!.index + this.#entries.length - 1;
  }

  firstIndex(): number {
    return this.#entries[0]!.index + 1;
  }

  snapshot(): Snapshot | StorageError {
    return this.#snapshot;
  }

  setHardState(state: HardState): void {
    this.#hardState = state;
  }

  /** Adds entries, replacing whatever the log holds from the first of them on. Entries already compacted are skipped. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    if (first.index > this.lastIndex() + 1) {
      fail(`log ends at ${this.lastIndex()}, append starts at ${first.index}`);
    }
    const offset = this.#entries[0]!.index;
    const skipped = Math.max(0, offset + 1 - first.index);
    if (skipped >= entries.length) return;
    this.#entries.length = first.index + skipped - offset;
    for (let i = skipped; i < entries.length; i++) this.#entries.push(entries[i]!);
  }

  /** Replaces everything by a snapshot. A snapshot of index 0 sets the membership of a new node. */
  applySnapshot(snapshot: Snapshot): "ok" | "out-of-date" {
    const current = this.#snapshot.metadata.index;
    if (current !== 0 && current >= snapshot.metadata.index) return "out-of-date";
    this.#snapshot = snapshot;
    this.#entries = [standIn(snapshot.metadata.term, snapshot.metadata.index)];
    return "ok";
  }

  /** Keeps the application's state at an applied index; without a membership the previous snapshot's stays. */
  createSnapshot(
    index: number,
    { confState, data }: { confState?: ConfState | undefined; data: Uint8Array },
  ): Snapshot | "out-of-date" {
    if (index <= this.#snapshot.metadata.index) return "out-of-date";
    const term = this.term(index);
    if (typeof term !== "number") fail(`snapshot at ${index}, log is [${this.firstIndex()}, ${this.lastIndex()}]`);
    this.#snapshot = { data, metadata: { confState: confState ?? this.#snapshot.metadata.confState, index, term } };
    return this.#snapshot;
  }

  /** Drops the entries up to and including an applied index. */
  compact(index: number): "ok" | "compacted" {
    const offset = this.#entries[0]!.index;
    if (index <= offset) return "compacted";
    if (index > this.lastIndex()) fail(`compaction at ${index}, last index is ${this.lastIndex()}`);
    const kept = this.#entries.slice(index - offset);
    kept[0] = standIn(kept[0]!.term, index);
    this.#entries = kept;
    return "ok";
  }
}

function standIn(term: number, index: number): Entry {
  return { term, index, type: EntryType.normal, data: noBytes };
}
