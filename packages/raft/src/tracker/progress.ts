// A leader's view of one follower: how far its log is known to match, what to send next, and how fast.
//   probe      the follower's last index is unknown: at most one append per heartbeat, to find it
//   replicate  the follower keeps up: appends are sent ahead of their acknowledgements, up to the inflight limit
//   snapshot   the follower needs entries the leader has compacted: nothing is sent until it has the snapshot
// Invariant: 0 <= match < next. Entries in (match, next) are in flight. In snapshot state, next = pendingSnapshot + 1.

import { fail } from "../invariant.ts";
import { Inflights } from "./inflights.ts";

/** How a leader treats a follower at present. */
export const ProgressState = { probe: "probe", replicate: "replicate", snapshot: "snapshot" } as const;
/** One of the values of the constant of the same name. */
export type ProgressState = (typeof ProgressState)[keyof typeof ProgressState];

/** What a new progress starts from. */
export interface ProgressStart {
  id: bigint;
  next: number;
  isLearner: boolean;
  recentActive: boolean;
  maxInflightMsgs: number;
  maxInflightBytes: number;
}

/** The progress of one follower, and of the leader itself. */
export class Progress {
  readonly id: bigint;
  match = 0;
  next: number;
  /** Highest commit index sent to the follower; falls back when a probe or a rejection makes its arrival unlikely. */
  sentCommit = 0;
  state: ProgressState = ProgressState.probe;
  /** Index of the snapshot under way, 0 when there is none. */
  pendingSnapshot = 0;
  /** Whether the follower was heard of since the last quorum check. */
  recentActive: boolean;
  /** Whether appends wait for a heartbeat response. */
  appendsPaused = false;
  readonly inflights: Inflights;
  isLearner: boolean;

  constructor(start: ProgressStart) {
    this.id = start.id;
    this.next = start.next;
    this.isLearner = start.isLearner;
    this.recentActive = start.recentActive;
    this.inflights = new Inflights(start.maxInflightMsgs, start.maxInflightBytes);
  }

  /** True when no append may be sent now. */
  get paused(): boolean {
    return this.state === ProgressState.snapshot || this.appendsPaused;
  }

  /** Starts over for a new term: nothing is known but where our own log ends. */
  reset(lastIndex: number): void {
    this.match = 0;
    this.next = lastIndex + 1;
    this.sentCommit = 0;
    this.recentActive = false;
    this.#enter(ProgressState.probe);
  }

  /** Probes from the match, or from beyond the snapshot that was under way. */
  becomeProbe(): void {
    const next = Math.max(this.match, this.pendingSnapshot) + 1;
    this.#enter(ProgressState.probe);
    this.next = next;
    this.sentCommit = Math.min(this.sentCommit, next - 1);
  }

  /** Replicates from the match on. */
  becomeReplicate(): void {
    this.#enter(ProgressState.replicate);
    this.next = this.match + 1;
  }

  /** Waits for the snapshot at the given index. */
  becomeSnapshot(index: number): void {
    this.#enter(ProgressState.snapshot);
    this.pendingSnapshot = index;
    this.next = index + 1;
    this.sentCommit = index;
  }

  /** Accounts for an append of so many entries starting at `next`; a full window or a probe pauses the flow. */
  sentEntries(count: number, sizeBytes: number): void {
    if (this.state === ProgressState.replicate) {
      if (count > 0) {
        this.next += count;
        this.inflights.add(this.next - 1, sizeBytes);
      }
      this.appendsPaused = this.inflights.full;
    } else if (this.state === ProgressState.probe) {
      if (count > 0) this.appendsPaused = true;
    } else {
      fail(`append sent to ${this.id} in state ${this.state}`);
    }
  }

  /** True when telling the follower this commit index can move its own: it was told less, and less than what it was sent. */
  canBumpCommit(index: number): boolean {
    return index > this.sentCommit && this.sentCommit < this.next - 1;
  }

  /** Takes an acknowledgement; false when it is older than what is known. */
  maybeUpdate(index: number): boolean {
    if (index <= this.match) return false;
    this.match = index;
    this.next = Math.max(this.next, index + 1);
    this.appendsPaused = false;
    return true;
  }

  /** Takes a rejection of the append at `rejected`; false when the rejection is stale. `hint` is the highest index worth probing. */
  maybeDecrease(rejected: number, hint: number): boolean {
    if (this.state === ProgressState.replicate) {
      if (rejected <= this.match) return false;
      this.next = this.match + 1;
    } else {
      // Outside replication one append is under way at a time; any other index answers an older one.
      if (this.next - 1 !== rejected) return false;
      this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1);
      this.appendsPaused = false;
    }
    this.sentCommit = Math.min(this.sentCommit, this.next - 1);
    return true;
  }

  #enter(state: ProgressState): void {
    this.appendsPaused = false;
    this.pendingSnapshot = 0;
    this.state = state;
    this.inflights.reset();
  }
}
