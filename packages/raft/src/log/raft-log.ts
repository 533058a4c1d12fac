// The log as Raft sees it: the durable part in the storage, followed (and, after a change of leader, overwritten) by the
// unstable part. Knows what is committed; the cursor knows what is applied.
// Invariants: applied <= committed <= last index; the log has no gap; committed entries never change (Raft paper, 5.3, 5.4).

import { entriesSize, fittingEnd } from "../codec/index.ts";
import { fail } from "../invariant.ts";
import type { Entry, Snapshot } from "../types.ts";
import { ApplyCursor } from "./apply-cursor.ts";
import type { Storage, StorageError } from "./storage.ts";
import { UnstableLog } from "./unstable-log.ts";

/** What a leader asks a follower to append: entries after (`prevIndex`, `prevTerm`), and how far the leader has committed. */
export interface AppendRequest {
  prevIndex: number;
  prevTerm: number;
  entries: readonly Entry[];
  commit: number;
}

/** A position in a log with the term of its entry, 0 when the term is not known. */
export interface LogPosition {
  index: number;
  term: number;
}

/** The log of one node. */
export class RaftLog {
  readonly storage: Storage;
  readonly unstable: UnstableLog;
  readonly cursor: ApplyCursor;
  committed: number;

  constructor(storage: Storage, maxApplyingBytes: number) {
    const compacted = storage.firstIndex() - 1;
    this.storage = storage;
    this.unstable = new UnstableLog(storage.lastIndex() + 1);
    this.cursor = new ApplyCursor(compacted, maxApplyingBytes);
    this.committed = compacted;
  }

  firstIndex(): number {
    const { snapshot } = this.unstable;
    return snapshot === undefined ? this.storage.firstIndex() : snapshot.metadata.index + 1;
  }

  lastIndex(): number {
    return this.unstable.lastIndex() || this.storage.lastIndex();
  }

  /** The term of an entry, or of the entry just compacted. */
  term(index: number): number | StorageError {
    const unstable = this.unstable.term(index);
    if (unstable !== undefined) return unstable;
    if (index + 1 < this.firstIndex()) return "compacted";
    if (index > this.lastIndex()) return "unavailable";
    return this.storage.term(index);
  }

  lastTerm(): number {
    const term = this.term(this.lastIndex());
    return typeof term === "number" ? term : fail(`term of the last entry ${this.lastIndex()} is ${term}`);
  }

  matchesTerm(index: number, term: number): boolean {
    return this.term(index) === term;
  }

  /** Whether a candidate's log is at least as complete as this one (Raft paper, 5.4.1). */
  isUpToDate(their: LogPosition): boolean {
    const ourTerm = this.lastTerm();
    return their.term > ourTerm || (their.term === ourTerm && their.index >= this.lastIndex());
  }

  /** Appends a leader's entries where they follow what is here; returns the last index they reach, or undefined on a mismatch. */
  maybeAppend(request: AppendRequest): number | undefined {
    const { prevIndex, prevTerm, entries } = request;
    if (!this.matchesTerm(prevIndex, prevTerm)) return undefined;
    const from = this.#firstNew(entries);
    if (from < entries.length) {
      const first = entries[from]!.index;
      if (first <= this.committed)
        fail(`entry ${first} conflicts with a committed entry, committed is ${this.committed}`);
      if (first !== prevIndex + 1 + from) fail(`entry ${first} does not follow entry ${prevIndex + from}`);
      this.unstable.append(entries, from);
    }
    const last = prevIndex + entries.length;
    this.commitTo(Math.min(request.commit, last));
    return last;
  }

  /** Appends entries of this node's own making at the end. */
  append(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    const first = entries[0]!.index;
    if (first <= this.committed) fail(`append at ${first}, committed is ${this.committed}`);
    this.unstable.append(entries, 0);
  }

  /** The highest position at or below `index` whose term does not exceed `term`: the best guess where two logs part. */
  findConflict(index: number, term: number): LogPosition {
    for (let at = index; at > 0; at--) {
      const ours = this.term(at);
      if (typeof ours !== "number") return { index: at, term: 0 };
      if (ours <= term) return { index: at, term: ours };
    }
    return { index: 0, term: 0 };
  }

  /** Raises the commit index; never lowers it. */
  commitTo(index: number): void {
    if (index <= this.committed) return;
    if (index > this.lastIndex())
      fail(`commit ${index} lies beyond the last index ${this.lastIndex()}: entries were lost`);
    this.committed = index;
  }

  /** Commits an index if its entry is of the given term (Raft paper, 5.4.2: only the own term is committed by counting). */
  maybeCommit(index: number, term: number): boolean {
    if (term === 0 || index <= this.committed || !this.matchesTerm(index, term)) return false;
    this.commitTo(index);
    return true;
  }

  /** Starts over from a leader's snapshot. */
  restore(snapshot: Snapshot): void {
    this.committed = snapshot.metadata.index;
    this.unstable.restore(snapshot);
  }

  snapshot(): Snapshot | StorageError {
    return this.unstable.snapshot ?? this.storage.snapshot();
  }

  appliedTo(index: number, sizeBytes: number): void {
    if (index > this.committed || index < this.cursor.applied) {
      fail(`applied ${index}, but applied was ${this.cursor.applied} and committed is ${this.committed}`);
    }
    this.cursor.confirm(index, sizeBytes);
  }

  /** Marks committed entries as handed out for applying. */
  acceptApplying(entries: readonly Entry[], allowUnstable: boolean): void {
    const last = entries[entries.length - 1]!.index;
    const sizeBytes = this.cursor.limited ? entriesSize(entries) : 0;
    this.cursor.accept(last, { sizeBytes, more: last < this.#lastAppliable(allowUnstable) });
  }

  /** Whether committed entries can be handed out; not while a snapshot is to be applied first. */
  hasNextCommitted(allowUnstable: boolean): boolean {
    if (this.cursor.paused || this.unstable.snapshot !== undefined) return false;
    return this.cursor.applying < this.#lastAppliable(allowUnstable);
  }

  /** The committed entries to hand out next; empty when there are none. */
  nextCommitted(allowUnstable: boolean): Entry[] {
    if (!this.hasNextCommitted(allowUnstable)) return [];
    const lo = this.cursor.applying + 1;
    const entries = this.slice(lo, this.#lastAppliable(allowUnstable) + 1, this.cursor.roomBytes);
    return typeof entries === "string" ? fail(`committed entries from ${lo} on are ${entries}`) : entries;
  }

  /** The entries from an index on, as many as fit but at least one; empty at the end of the log. */
  entriesFrom(index: number, maxSizeBytes: number): Entry[] | StorageError {
    const end = this.lastIndex() + 1;
    return index >= end ? [] : this.slice(index, end, maxSizeBytes);
  }

  /** Entries `[lo, hi)`, as many as fit but at least one. */
  slice(lo: number, hi: number, maxSizeBytes: number): Entry[] | StorageError {
    if (lo < this.firstIndex()) return "compacted";
    if (lo > hi || hi > this.lastIndex() + 1) fail(`slice [${lo}, ${hi}) of a log that ends at ${this.lastIndex()}`);
    if (lo === hi) return [];
    const { offset } = this.unstable;
    if (lo >= offset) return this.#unstableSlice(lo, hi, maxSizeBytes);
    const cut = Math.min(hi, offset);
    const stable = this.storage.entries(lo, cut, maxSizeBytes);
    if (typeof stable === "string") {
      return stable === "compacted" ? stable : fail(`entries [${lo}, ${cut}) are ${stable} in the storage`);
    }
    if (hi <= offset || stable.length < cut - lo) return stable;
    return this.#extend(stable, hi, maxSizeBytes);
  }

  /** Adds unstable entries to a full run of stable ones, as far as they still fit. */
  #extend(stable: Entry[], hi: number, maxSizeBytes: number): Entry[] {
    const { offset, entries } = this.unstable;
    if (maxSizeBytes === Number.POSITIVE_INFINITY) return stable.concat(entries.slice(0, hi - offset));
    const room = maxSizeBytes - entriesSize(stable);
    if (room <= 0) return stable;
    const more = this.#unstableSlice(offset, hi, room);
    // The first entry of a run is granted even when it does not fit; here it is not the first.
    if (more.length === 1 && entriesSize(more) > room) return stable;
    return stable.concat(more);
  }

  #unstableSlice(lo: number, hi: number, maxSizeBytes: number): Entry[] {
    const { offset, entries } = this.unstable;
    const end = fittingEnd({ entries, from: lo - offset, to: hi - offset }, maxSizeBytes);
    return entries.slice(lo - offset, end);
  }

  #lastAppliable(allowUnstable: boolean): number {
    return allowUnstable ? this.committed : Math.min(this.committed, this.unstable.offset - 1);
  }

  /** The position of the first given entry that this log does not hold; the number of entries when it holds all. */
  #firstNew(entries: readonly Entry[]): number {
    for (let i = 0; i < entries.length; i++) {
      const { index, term } = entries[i]!;
      if (!this.matchesTerm(index, term)) return i;
    }
    return entries.length;
  }
}
