// The state of one node, and nothing that decides: the modules beside this file are the decisions, one concern each.
// Everything here changes synchronously inside one call of RawNode; there is no time, no I/O and no randomness but the
// injected one. Figure 2 of the Raft paper lists most of these fields.

import type { CheckedConfig } from "../config.ts";
import { RaftLog } from "../log/index.ts";
import type { Message } from "../message.ts";
import { ReadOnlyQueue } from "../read-only.ts";
import { ProgressTracker } from "../tracker/index.ts";
import { type HardState, noNode, type ReadState, Role } from "../types.ts";

/** One node's state. Fields are public to the modules of this folder only; the package hides the class. */
export class Raft {
  readonly id: bigint;
  readonly config: CheckedConfig;
  readonly log: RaftLog;
  readonly tracker: ProgressTracker;

  term = 0;
  /** Whom this node voted for in `term`. */
  vote = noNode;
  leader = noNode;
  role: Role = Role.follower;
  isLearner = false;

  /** Messages that may leave at once. */
  messages: Message[] = [];
  /** Messages that promise durability, and so must wait until everything before them is durable. */
  messagesAfterAppend: Message[] = [];
  readStates: ReadState[] = [];

  /** To whom leadership is being transferred. */
  transferee = noNode;
  /** No membership change may be proposed while the applied index is below this. */
  pendingConfIndex = 0;
  /** Estimate of the bytes of uncommitted proposals; never too high. */
  uncommittedSize = 0;
  readonly readOnly = new ReadOnlyQueue();
  /** Reads that wait until this leader has committed an entry of its own term. */
  pendingReads: Message[] = [];

  /** Ticks since the last election timeout, or since this follower last heard of its leader. */
  electionElapsed = 0;
  /** Ticks since the last heartbeat; leaders only. */
  heartbeatElapsed = 0;
  /** The election timeout of the present period. */
  electionTimeout = 0;

  constructor(config: CheckedConfig) {
    this.id = config.id;
    this.config = config;
    this.log = new RaftLog(config.storage, config.maxCommittedSizePerReady);
    this.tracker = new ProgressTracker(config);
  }

  hardState(): HardState {
    return { term: this.term, vote: this.vote, commit: this.log.committed };
  }

  /** True when this node may stand for election: a voter without a snapshot still to be applied. */
  get promotable(): boolean {
    const self = this.tracker.progress(this.id);
    return self !== undefined && !self.isLearner && this.log.unstable.snapshot === undefined;
  }

  /** Starts a term, or the same term over in another role: forgets everything that belonged to the role before. */
  reset(term: number): void {
    if (this.term !== term) {
      this.term = term;
      this.vote = noNode;
    }
    this.leader = noNode;
    this.transferee = noNode;
    this.electionElapsed = 0;
    this.heartbeatElapsed = 0;
    this.electionTimeout = this.config.electionTick + this.config.random.below(this.config.electionJitterTick);
    this.tracker.resetVotes();
    const lastIndex = this.log.lastIndex();
    for (const progress of this.tracker.all) {
      progress.reset(lastIndex);
      if (progress.id === this.id) progress.match = lastIndex;
    }
    this.pendingConfIndex = 0;
    this.uncommittedSize = 0;
    this.readOnly.reset();
    this.pendingReads = [];
  }
}
