// What Raft reads back of the durable log. The application owns the writing: whatever a Ready tells it to store must show
// here before the Ready is advanced (or its storage message answered).

import type { ConfState, Entry, HardState, Snapshot } from "../types.ts";

/** Why a storage cannot answer: the index is below the log, above it, or a snapshot is still being made. */
export type StorageError = "compacted" | "unavailable" | "snapshot-temporarily-unavailable";

/** What a node was when it stopped: zero values for a new node. */
export interface InitialState {
  hardState: HardState;
  confState: ConfState;
}

/** Read access to a node's durable log. All methods are synchronous and cheap; Raft calls some of them per message. */
export interface Storage {
  /** Called once, when the node is created. */
  initialState(): InitialState;
  /** Entries `[lo, hi)`, as many as fit `maxSizeBytes` but at least one. The array is the caller's, the entries are not. */
  entries(lo: number, hi: number, maxSizeBytes: number): Entry[] | StorageError;
  /** The term of an entry in `[firstIndex - 1, lastIndex]`. */
  term(index: number): number | StorageError;
  /** The index of the last entry, or of the snapshot when there is none. */
  lastIndex(): number;
  /** The index of the first entry that has not been compacted, `lastIndex + 1` when there is none. */
  firstIndex(): number;
  /** The latest snapshot. */
  snapshot(): Snapshot | StorageError;
}
