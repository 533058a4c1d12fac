// A membership while it is being changed. Voters are always changed in the incoming set; the outgoing set stays what it
// was when the joint configuration was entered. A voter of the outgoing set that is to become a learner waits in
// `learnersNext` until the joint configuration is left, so that no node ever is a voter and a learner at once.
// Source: Raft thesis, section 4.3, and the rules of etcd's raft for learners.

import type { ConfState } from "../types.ts";
import { type ConfChangeSingle, ConfChangeType } from "./conf-change.ts";

/** Changes to a copy of a membership; the original stays as it was until the result is taken over. */
export class MembershipDraft {
  readonly #voters: Set<bigint>;
  readonly #outgoing: Set<bigint>;
  readonly #learners: Set<bigint>;
  readonly #learnersNext: Set<bigint>;
  readonly #tracked: Set<bigint>;
  readonly #fresh = new Set<bigint>();
  autoLeave: boolean;

  constructor(from: ConfState) {
    this.#voters = new Set(from.voters);
    this.#outgoing = new Set(from.votersOutgoing);
    this.#learners = new Set(from.learners);
    this.#learnersNext = new Set(from.learnersNext);
    this.#tracked = new Set([...this.#voters, ...this.#outgoing, ...this.#learners]);
    this.autoLeave = from.autoLeave;
  }

  get voterCount(): number {
    return this.#voters.size;
  }

  /** Nodes that were added, or removed and added again: whatever was known of them is void. */
  get fresh(): ReadonlySet<bigint> {
    return this.#fresh;
  }

  /** Applies changes one after the other. */
  apply(changes: readonly ConfChangeSingle[]): void {
    for (const { type, nodeId } of changes) {
      // Node 0 stands for a change that the application decided to refuse after it was committed.
      if (nodeId === 0n) continue;
      if (type === ConfChangeType.addNode) this.#makeVoter(nodeId);
      else if (type === ConfChangeType.addLearnerNode) this.#makeLearner(nodeId);
      else if (type === ConfChangeType.removeNode) this.#remove(nodeId);
    }
  }

  /** Keeps the present voters as the outgoing set. */
  splitVoters(): void {
    for (const id of this.#voters) this.#outgoing.add(id);
  }

  /** Drops the outgoing set; nodes that waited to become learners become learners. */
  joinVoters(): void {
    for (const id of this.#learnersNext) this.#learners.add(id);
    this.#learnersNext.clear();
    this.#outgoing.clear();
    this.autoLeave = false;
  }

  /** Returns how many voters differ from another set of voters. */
  voterDistance(voters: readonly bigint[]): number {
    let kept = 0;
    for (const id of voters) if (this.#voters.has(id)) kept++;
    return voters.length + this.#voters.size - 2 * kept;
  }

  /** Returns the membership reached so far, ids ascending. */
  toConfState(): ConfState {
    return {
      voters: ascending(this.#voters),
      learners: ascending(this.#learners),
      votersOutgoing: ascending(this.#outgoing),
      learnersNext: ascending(this.#learnersNext),
      autoLeave: this.autoLeave,
    };
  }

  #makeVoter(id: bigint): void {
    this.#track(id);
    this.#learners.delete(id);
    this.#learnersNext.delete(id);
    this.#voters.add(id);
  }

  #makeLearner(id: bigint): void {
    if (this.#learners.has(id)) return;
    this.#track(id);
    this.#voters.delete(id);
    if (this.#outgoing.has(id)) this.#learnersNext.add(id);
    else this.#learners.add(id);
  }

  #remove(id: bigint): void {
    this.#voters.delete(id);
    this.#learners.delete(id);
    this.#learnersNext.delete(id);
    if (!this.#outgoing.has(id)) this.#tracked.delete(id);
  }

  #track(id: bigint): void {
    if (this.#tracked.has(id)) return;
    this.#tracked.add(id);
    this.#fresh.add(id);
  }
}

function ascending(ids: ReadonlySet<bigint>): bigint[] {
  return [...ids].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
