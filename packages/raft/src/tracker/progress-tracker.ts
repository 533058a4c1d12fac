// Everything a node knows about the other nodes: the membership in force, one progress per tracked node, and the votes of
// the election under way. The progress of voters is also kept as plain arrays per voter set, so that the commit index is
// computed without looking ids up. Invariant: exactly the voters of both sets and the learners are tracked.

import { isJoint } from "../conf-change/index.ts";
import { jointCommittedIndex, jointVoteResult, VoteResult, voteResult } from "../quorum/index.ts";
import { type ConfState, emptyConfState } from "../types.ts";
import { Progress } from "./progress.ts";

/** The limits every progress is created with. */
export interface InflightLimits {
  maxInflightMsgs: number;
  maxInflightBytes: number;
}

/** A membership to take over. */
export interface Installation {
  confState: ConfState;
  /** Nodes whose progress starts from nothing even if they are tracked already. */
  fresh: ReadonlySet<bigint>;
  lastIndex: number;
}

/** The membership and what is known of each member. */
export class ProgressTracker {
  readonly #limits: InflightLimits;
  #confState: ConfState = emptyConfState();
  #byId = new Map<bigint, Progress>();
  #all: Progress[] = [];
  #incoming: Progress[] = [];
  #outgoing: Progress[] = [];
  readonly #votes = new Map<bigint, boolean>();
  readonly #ackedIncoming: number[] = [];
  readonly #ackedOutgoing: number[] = [];

  constructor(limits: InflightLimits) {
    this.#limits = limits;
  }

  /** The membership in force. Do not modify. */
  get confState(): ConfState {
    return this.#confState;
  }

  /** Every tracked node in the order of ids. */
  get all(): readonly Progress[] {
    return this.#all;
  }

  /** True when there is exactly one voter and no second set of voters. */
  get isSingleton(): boolean {
    return this.#incoming.length === 1 && this.#outgoing.length === 0;
  }

  progress(id: bigint): Progress | undefined {
    return this.#byId.get(id);
  }

  /** Tells whether a node votes in either half of the membership. */
  isVoter(id: bigint): boolean {
    return this.#confState.voters.includes(id) || this.#confState.votersOutgoing.includes(id);
  }

  /** Every voter of both sets once, in the order of ids. */
  voters(): Progress[] {
    return this.#all.filter((progress) => !progress.isLearner);
  }

  /** Takes a membership over; nodes that stay keep their progress. */
  install({ confState, fresh, lastIndex }: Installation): void {
    const byId = new Map<bigint, Progress>();
    const learners = new Set(confState.learners);
    for (const id of trackedIds(confState)) {
      const known = fresh.has(id) ? undefined : this.#byId.get(id);
      const progress = known ?? this.#newProgress(id, lastIndex);
      progress.isLearner = learners.has(id);
      byId.set(id, progress);
    }
    this.#confState = confState;
    this.#byId = byId;
    this.#all = [...byId.values()];
    this.#incoming = confState.voters.map((id) => byId.get(id)!);
    this.#outgoing = confState.votersOutgoing.map((id) => byId.get(id)!);
  }

  /** The highest index that the voters have acknowledged jointly. */
  committedIndex(): number {
    const incoming = this.#incoming;
    if (incoming.length === 1 && this.#outgoing.length === 0) return incoming[0]!.match;
    return jointCommittedIndex(matches(incoming, this.#ackedIncoming), matches(this.#outgoing, this.#ackedOutgoing));
  }

  /** The highest number that the voters have acknowledged jointly, by somebody else's records; absent means 0. */
  agreedOn(acknowledged: ReadonlyMap<bigint, number>): number {
    const of = (progress: Progress) => acknowledged.get(progress.id) ?? 0;
    return jointCommittedIndex(this.#incoming.map(of), this.#outgoing.map(of));
  }

  resetVotes(): void {
    this.#votes.clear();
  }

  /** Counts a vote; a second vote of the same node changes nothing. */
  recordVote(id: bigint, granted: boolean): void {
    if (!this.#votes.has(id)) this.#votes.set(id, granted);
  }

  /** The outcome of the election under way. */
  electionResult(): VoteResult {
    return this.#jointResult((progress) => this.#votes.get(progress.id));
  }

  /** True when a quorum was heard of since the last check. */
  isQuorumActive(): boolean {
    return this.#jointResult((progress) => progress.recentActive) === VoteResult.won;
  }

  #jointResult(vote: (progress: Progress) => boolean | undefined): VoteResult {
    const incoming = majorityResult(this.#incoming, vote);
    return isJoint(this.#confState) ? jointVoteResult(incoming, majorityResult(this.#outgoing, vote)) : incoming;
  }

  /** A new node counts as active, or the next quorum check would depose the leader before the node could answer. */
  #newProgress(id: bigint, lastIndex: number): Progress {
    return new Progress({
      id,
      next: Math.max(lastIndex, 1),
      isLearner: false,
      recentActive: true,
      maxInflightMsgs: this.#limits.maxInflightMsgs,
      maxInflightBytes: this.#limits.maxInflightBytes,
    });
  }
}

function majorityResult(voters: readonly Progress[], vote: (progress: Progress) => boolean | undefined): VoteResult {
  let granted = 0;
  let rejected = 0;
  for (const voter of voters) {
    const cast = vote(voter);
    if (cast === true) granted++;
    else if (cast === false) rejected++;
  }
  return voteResult({ voters: voters.length, granted, rejected });
}

function matches(voters: readonly Progress[], out: number[]): number[] {
  out.length = voters.length;
  for (let i = 0; i < voters.length; i++) out[i] = voters[i]!.match;
  return out;
}

function trackedIds(of: ConfState): bigint[] {
  const ids = new Set([...of.voters, ...of.votersOutgoing, ...of.learners]);
  return [...ids].sort((a, b) => (a < b ? -1 : 1));
}
