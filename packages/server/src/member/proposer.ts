/**
 * Collects the proposals of one event-loop turn and hands them to the consensus core together: one log append and one sync
 * for all of them. While there is no leader, or the store's disk is behind, proposals wait here.
 *
 * Bounds: as many as may be pending, and `queuedBytesMax` of those not yet handed over; one that was given up is forgotten.
 * A follower sends each batch to its leader as one message, so a batch has at most `batchCountMax` entries and
 * `batchBytesMax`, or one entry that is larger.
 */
import { etcdError } from "@etcd-ts/proto";
import type { ProposeResult } from "@etcd-ts/raft";
import type { Clock } from "../ports/index.ts";
import type { TimedOutRequest } from "./leader-history.ts";
import { PendingRequests, type ProposalDone, type ProposedV2 } from "./pending-requests.ts";

/** What etcd's leaders put into one message. */
const batchBytesMax = 1024 * 1024;
const batchCountMax = 4_096;
const queuedBytesMax = 256 * 1024 * 1024;

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
  /** Of v2, where reading `data` would give the same. */
  readonly request?: ProposedV2["request"] | undefined;
}

export class Proposer {
  readonly pending: PendingRequests;
  readonly #parts: ProposerParts;
  #queue: Proposal[] = [];
  #queuedBytes = 0;
  #scheduled = false;

  constructor(parts: ProposerParts, options: { timeoutMs: number; countMax: number }) {
    this.#parts = parts;
    this.pending = new PendingRequests(options);
  }

  /** Queues a request for the end of this turn; `done` is called once, when it is applied or given up. */
  add(proposal: Proposal, done: ProposalDone): void {
    if (this.pending.full || this.#queuedBytes + proposal.data.length > queuedBytesMax) {
      done(etcdError("requestTooManyRequests"), undefined);
      return;
    }
    const { id, data, request } = proposal;
    const v2 = request === undefined ? undefined : { data, request };
    this.pending.add(id, { done, nowMs: this.#parts.clock.nowMs(), v2 });
    this.#queue.push(proposal);
    this.#queuedBytes += proposal.data.length;
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
    const count = this.pending.expire(this.#parts.clock.nowMs(), ({ id, startedMs }) => {
      queued ??= new Set(this.#queue.map((waiting) => waiting.id));
      return errorOf({ startedMs, wasProposed: !queued.has(id) });
    });
    // Without a leader nothing else takes them out of the queue, while their clients go on trying.
    if (count > 0) this.#keep(this.#queue.filter(({ id }) => this.pending.has(id)));
    return count;
  }

  #keep(queue: Proposal[]): void {
    this.#queue = queue;
    this.#queuedBytes = sizeOf(queue);
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#queue.length === 0 || !this.#parts.ready()) return;
    const queue = this.#queue;
    // Emptied first: whoever is given up may propose again at once.
    this.#keep([]);
    const wanted = queue.filter((proposal) => this.#isWanted(proposal));
    for (let from = 0; from < wanted.length; ) {
      const to = endOfBatch(wanted, from);
      const batch = wanted.slice(from, to).map(({ data }) => data);
      if (this.#parts.propose(batch) !== "accepted") return this.#keep(wanted.slice(from).concat(this.#queue));
      from = to;
    }
  }

  #isWanted({ id, isWanted }: Proposal): boolean {
    if (!this.pending.has(id)) return false;
    if (isWanted === undefined || isWanted()) return true;
    this.pending.settle(id, { error: etcdError("leaderChanged"), response: undefined });
    return false;
  }
}

/** Where the batch ends that begins at `from`. */
function endOfBatch(proposals: readonly Proposal[], from: number): number {
  let to = from + 1;
  let sizeBytes = proposals[from]!.data.length;
  for (; to < proposals.length && to - from < batchCountMax; to++) {
    sizeBytes += proposals[to]!.data.length;
    if (sizeBytes > batchBytesMax) break;
  }
  return to;
}

function sizeOf(proposals: readonly Proposal[]): number {
  let sizeBytes = 0;
  for (const { data } of proposals) sizeBytes += data.length;
  return sizeBytes;
}
