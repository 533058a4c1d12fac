/**
 * Asks the consensus core for read indexes: one round for all reads of an event-loop turn, asked again while it stays
 * unanswered, because a read index may get lost with its leader.
 */
import { etcdError } from "@etcd-ts/proto";
import type { ReadState } from "@etcd-ts/raft";
import type { Clock } from "../ports/index.ts";
import { type ReadDone, ReadQueue } from "./read-queue.ts";

/** How long an unanswered round waits before it is asked again, as in etcd. */
const retryMs = 500;

/** Whom a round asks, and who hears of slow ones. */
export interface ReadRoundsParts {
  readonly clock: Pick<Clock, "nowMs" | "endOfTurn">;
  /** Told in every context, so that an answer to another member, or to this one before a restart, is not taken for ours. */
  readonly nonce: bigint;
  /** Asks for a read index with this context. */
  ask(context: Uint8Array): void;
  /** Rounds got no answer within the time of a request. */
  onSlow(rounds: number): void;
  /** Rounds were given up because the leader changed. */
  onFailed(rounds: number): void;
}

export class ReadRounds {
  readonly #parts: ReadRoundsParts;
  readonly #queue: ReadQueue;
  #scheduled = false;
  #lastAskMs = 0;

  constructor(parts: ReadRoundsParts, options: { timeoutMs: number; countMax: number }) {
    this.#parts = parts;
    this.#queue = new ReadQueue(options);
  }

  add(done: ReadDone): void {
    if (this.#queue.full) return done(etcdError("requestTooManyRequests"));
    this.#queue.add(done);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#parts.clock.endOfTurn(() => this.#start());
  }

  /** Takes the core's answers. */
  confirm(states: readonly ReadState[]): void {
    for (const { context, index } of states) {
      const view = new DataView(context.buffer, context.byteOffset, context.byteLength);
      if (view.byteLength !== 16 || view.getBigUint64(0) !== this.#parts.nonce) continue;
      this.#queue.confirm(view.getFloat64(8), index);
    }
  }

  /** Answers what may be answered at this applied index. */
  release(appliedIndex: number): void {
    this.#queue.release(appliedIndex);
  }

  /** Asks again when an answer is overdue, and gives up what waited too long. */
  tick(): void {
    const nowMs = this.#parts.clock.nowMs();
    this.#parts.onSlow(this.#queue.expire(nowMs, () => etcdError("timeout")));
    const round = this.#queue.unconfirmed;
    if (round !== undefined && nowMs - this.#lastAskMs >= retryMs) this.#ask(round, nowMs);
  }

  /** There is a new leader: what the one before was asked is not answered any more, and whoever waits is told at once. */
  leaderChanged(): void {
    this.#parts.onFailed(this.#queue.failUnconfirmed(() => etcdError("leaderChanged")));
  }

  failAll(error: () => Error): void {
    this.#queue.failAll(error);
  }

  #start(): void {
    this.#scheduled = false;
    if (!this.#queue.collecting) return;
    const nowMs = this.#parts.clock.nowMs();
    this.#ask(this.#queue.startRound(nowMs), nowMs);
  }

  #ask(round: number, nowMs: number): void {
    this.#lastAskMs = nowMs;
    this.#parts.ask(contextOf(this.#parts.nonce, round));
  }
}

function contextOf(nonce: bigint, round: number): Uint8Array {
  const context = new Uint8Array(16);
  const view = new DataView(context.buffer);
  view.setBigUint64(0, nonce);
  view.setFloat64(8, round);
  return context;
}
