/**
 * Collects the proposals of one event-loop turn and hands them to the consensus core together: one log append and one sync
 * for all of them. While there is no leader, or the store's disk is behind, proposals wait here.
 *
 * Bounds: as many as may be pending; one that was given up is dropped before it is proposed.
 */
import { etcdError } from "@etcd-ts/proto";
import type { ProposeResult } from "@etcd-ts/raft";
import type { Clock } from "../ports/index.ts";
import type { TimedOutRequest } from "./leader-history.ts";
import { PendingRequests, type ProposalDone } from "./pending-requests.ts";

/** Whom proposals are handed to, and when. */
export interface ProposerParts {
  readonly clock: Pick<Clock, "nowMs" | "endOfTurn">;
  /** Whether proposals may be handed over now. */
  ready(): boolean;
  /** Hands a batch to the core. */
  propose(entries: Uint8Array[]): ProposeResult;
}

/** A request to be proposed. */
export interface Proposal {
  readonly id: bigint;
  readonly data: Uint8Array;
  /** Asked when it is handed over: what is not wanted any more is given up. Absent: always wanted. */
  readonly isWanted?: (() => boolean) | undefined;
}

export class Proposer {
  readonly pending: PendingRequests;
  readonly #parts: ProposerParts;
  #queue: Proposal[] = [];
  #scheduled = false;

  constructor(parts: ProposerParts, options: { timeoutMs: number; countMax: number }) {
    this.#parts = parts;
    this.pending = new PendingRequests(options);
  }

  /** Queues a request for the end of this turn; `done` is called once, when it is applied or given up. */
  add(proposal: Proposal, done: ProposalDone): void {
    if (this.pending.full) {
      done(etcdError("requestTooManyRequests"), undefined);
      return;
    }
    this.pending.add(proposal.id, { done, nowMs: this.#parts.clock.nowMs() });
    this.#queue.push(proposal);
    this.schedule();
  }

  /** Tries to hand over what is queued at the end of this turn. */
  schedule(): void {
    if (this.#scheduled || this.#queue.length === 0) return;
    this.#scheduled = true;
    this.#parts.clock.endOfTurn(() => this.#flush());
  }

  /** Gives up what waited too long; returns how many that were. */
  expire(errorOf: (request: TimedOutRequest) => Error): number {
    let queued: Set<bigint> | undefined;
    return this.pending.expire(this.#parts.clock.nowMs(), ({ id, startedMs }) => {
      queued ??= new Set(this.#queue.map((waiting) => waiting.id));
      return errorOf({ startedMs, wasProposed: !queued.has(id) });
    });
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#queue.length === 0 || !this.#parts.ready()) return;
    const batch = this.#queue.filter((proposal) => this.#isWanted(proposal));
    this.#queue = [];
    if (batch.length === 0) return;
    const result = this.#parts.propose(batch.map(({ data }) => data));
    if (result !== "accepted") this.#queue = batch.concat(this.#queue);
  }

  #isWanted({ id, isWanted }: Proposal): boolean {
    if (!this.pending.has(id)) return false;
    if (isWanted === undefined || isWanted()) return true;
    this.pending.settle(id, { error: etcdError("leaderChanged"), response: undefined });
    return false;
  }
}
