// The part of the log that is not known to be durable: new entries and perhaps a snapshot. They stay here while they are
// being written, so that the log as a whole never has a gap, and leave when the write is confirmed.
// `entries[i]` has index `offset + i`. Entries below `offsetInProgress` have been handed out for writing. `offset` may lie
// below the end of the storage: then the next write truncates the storage first.
// Arrays handed out are never modified afterwards.

import { fail } from "../invariant.ts";
import type { Entry, Snapshot } from "../types.ts";

/** Entries and a snapshot on their way to the storage. */
export class UnstableLog {
  entries: Entry[] = [];
  offset: number;
  offsetInProgress: number;
  snapshot: Snapshot | undefined = undefined;
  snapshotInProgress = false;

  constructor(offset: number) {
    this.offset = offset;
    this.offsetInProgress = offset;
  }

  /** The last index known here, 0 when the storage knows better. */
  lastIndex(): number {
    if (this.entries.length > 0) return this.offset + this.entries.length - 1;
    return this.snapshot === undefined ? 0 : this.snapshot.metadata.index;
  }

  /** The term of an index, undefined when it is not here. */
  term(index: number): number | undefined {
    if (index >= this.offset) return this.entries[index - this.offset]?.term;
    if (this.snapshot !== undefined && this.snapshot.metadata.index === index) return this.snapshot.metadata.term;
    return undefined;
  }

  /** True when there are entries that have not been handed out for writing. */
  get hasNextEntries(): boolean {
    return this.offset + this.entries.length > this.offsetInProgress;
  }

  /** The entries that have not been handed out for writing. */
  nextEntries(): Entry[] {
    return this.entries.slice(this.offsetInProgress - this.offset);
  }

  /** The snapshot, unless it has been handed out for writing. */
  nextSnapshot(): Snapshot | undefined {
    return this.snapshotInProgress ? undefined : this.snapshot;
  }

  /** Marks everything as handed out for writing. */
  acceptInProgress(): void {
    this.offsetInProgress = Math.max(this.offsetInProgress, this.offset + this.entries.length);
    if (this.snapshot !== undefined) this.snapshotInProgress = true;
  }

  /** Lets go of the entries up to a durable one. An entry that was replaced meanwhile is not the durable one: nothing happens. */
  stableTo(index: number, term: number): void {
    if (index < this.offset || this.term(index) !== term) return;
    this.entries = this.entries.slice(index + 1 - this.offset);
    this.offset = index + 1;
    this.offsetInProgress = Math.max(this.offsetInProgress, this.offset);
  }

  /** Lets go of a snapshot that the storage now holds. */
  stableSnapshotTo(index: number): void {
    if (this.snapshot === undefined || this.snapshot.metadata.index !== index) return;
    this.snapshot = undefined;
    this.snapshotInProgress = false;
  }

  /** Starts over from a snapshot. */
  restore(snapshot: Snapshot): void {
    this.offset = snapshot.metadata.index + 1;
    this.offsetInProgress = this.offset;
    this.entries = [];
    this.snapshot = snapshot;
    this.snapshotInProgress = false;
  }

  /** Adds entries, replacing whatever is here from the first of them on. `from` skips that many of the given entries. */
  append(entries: readonly Entry[], from: number): void {
    const first = entries[from]!.index;
    if (first <= this.offset) this.#restart(first);
    else if (first < this.offset + this.entries.length) this.#truncate(first);
    else if (first > this.offset + this.entries.length) {
      fail(`append starts at ${first}, unstable log ends before ${this.offset + this.entries.length}`);
    }
    for (let i = from; i < entries.length; i++) this.entries.push(entries[i]!);
  }

  #restart(first: number): void {
    if (this.entries.length > 0) this.entries = [];
    this.offset = first;
    this.offsetInProgress = first;
  }

  #truncate(first: number): void {
    this.entries = this.entries.slice(0, first - this.offset);
    this.offsetInProgress = Math.min(this.offsetInProgress, first);
  }
}
