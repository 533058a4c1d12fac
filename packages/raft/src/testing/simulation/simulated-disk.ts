// A disk that forgets what was not synced. Writes are ordered: syncing one makes all before it durable.
// A mutation makes the disk break a promise that Raft relies on; the checker must notice.

import { MemoryStorage, type StorageError } from "../../log/index.ts";
import { type ConfState, type Entry, type HardState, noBytes, type Snapshot } from "../../types.ts";

/** Ways in which a disk, or its user, can be wrong. */
export type Mutation = "none" | "forget-vote" | "forget-term" | "forget-entries";

/** One batch of writes. */
export interface Write {
  hardState: HardState | undefined;
  entries: readonly Entry[];
  snapshot: Snapshot | undefined;
}

interface Durable {
  hardState: HardState;
  snapshot: Snapshot | undefined;
  entries: Entry[];
}

/** Where the state machine of a node is. */
export interface AppliedState {
  applied: number;
  confState: ConfState;
}

/** A log whose snapshot is the state machine as it is when it is asked for, as far as the log goes. */
class LiveStorage extends MemoryStorage {
  state: (() => AppliedState) | undefined;

  override snapshot(): Snapshot | StorageError {
    if (this.state === undefined) return super.snapshot();
    const { applied: index, confState } = this.state();
    const term = this.term(index);
    if (typeof term === "string" || index === 0) return "snapshot-temporarily-unavailable";
    return { data: noBytes, metadata: { confState, index, term } };
  }
}

/** The log of one simulated node: what it sees, and what is left after a crash. */
export class SimulatedDisk {
  readonly #mutation: Mutation;
  #durable: Durable = { hardState: { term: 0, vote: 0n, commit: 0 }, snapshot: undefined, entries: [] };
  #hardState: HardState = this.#durable.hardState;
  #snapshot: Snapshot | undefined;
  storage = new LiveStorage();

  /** Starts with a first snapshot, or with nothing. */
  constructor(first: Snapshot | undefined, mutation: Mutation) {
    this.#mutation = mutation;
    if (first === undefined) return;
    this.write({ hardState: { term: 1, vote: 0n, commit: first.metadata.index }, entries: [], snapshot: first });
    this.sync();
  }

  /** The snapshot that a restart begins with. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** Writes without making durable. */
  write({ hardState, entries, snapshot }: Write): void {
    if (snapshot !== undefined) {
      this.storage.applySnapshot(snapshot);
      this.#snapshot = snapshot;
    }
    this.storage.append(entries);
    if (hardState !== undefined) {
      this.#hardState = hardState;
      this.storage.setHardState(hardState);
    }
  }

  /** Makes everything written so far durable. */
  sync(): void {
    const entries = this.#everything();
    if (this.#mutation === "forget-entries")
      entries.length = Math.min(entries.length, this.#durable.entries.length + 1);
    this.#durable = { hardState: this.#hardState, snapshot: this.#snapshot, entries };
  }

  /** Keeps the state machine at an applied index, and drops the log before another; both are durable at once. */
  takeSnapshot(index: number, confState: ConfState): void {
    const snapshot = this.storage.createSnapshot(index, { confState, data: noBytes });
    if (snapshot === "out-of-date") return;
    this.#snapshot = snapshot;
    this.storage.compact(index);
    this.sync();
  }

  /** Loses what was not durable. */
  crash(): void {
    const { hardState, snapshot, entries } = this.#durable;
    const { state } = this.storage;
    this.storage = new LiveStorage();
    this.storage.state = state;
    this.#snapshot = snapshot;
    if (snapshot !== undefined) this.storage.applySnapshot(snapshot);
    this.storage.append(entries);
    const vote = this.#mutation === "forget-vote" ? 0n : hardState.vote;
    const term = this.#mutation === "forget-term" ? Math.min(hardState.term, 1) : hardState.term;
    this.#hardState = { term, vote, commit: Math.min(hardState.commit, this.storage.lastIndex()) };
    this.storage.setHardState(this.#hardState);
  }

  #everything(): Entry[] {
    const first = this.storage.firstIndex();
    const entries = this.storage.entries(first, this.storage.lastIndex() + 1, Number.POSITIVE_INFINITY);
    return typeof entries === "string" ? [] : entries;
  }
}
