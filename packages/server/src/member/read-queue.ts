/**
 * Linearizable reads waiting for a read index. All reads of one event-loop turn share one round; a round is
 * answered when the quorum confirmed leadership (at once on a single member) and everything up to its index is applied.
 * Source: Raft thesis, section 6.4.
 *
 * Bounds: at most `countMax` reads wait; none longer than `timeoutMs`, after which its round is asked again or given up.
 */
import { assert } from "../lib/assert.ts";

/** Called once: without an error the state machine is at least as new as when the read was asked for. */
export type ReadDone = (error: Error | undefined) => void;

interface Round {
  readonly number: number;
  readonly reads: ReadDone[];
  readonly deadlineMs: number;
  index: number | undefined;
}

export class ReadQueue {
  #collecting: ReadDone[] = [];
  readonly #rounds: Round[] = [];
  #lastRound = 0;
  #waitingCount = 0;
  readonly #timeoutMs: number;
  readonly #countMax: number;

  constructor(options: { timeoutMs: number; countMax: number }) {
    this.#timeoutMs = options.timeoutMs;
    this.#countMax = options.countMax;
  }

  get full(): boolean {
    return this.#waitingCount >= this.#countMax;
  }

  /** True when a read was added since the last `startRound`. */
  get collecting(): boolean {
    return this.#collecting.length > 0;
  }

  add(done: ReadDone): void {
    this.#collecting.push(done);
    this.#waitingCount++;
  }

  /** Closes the batch of collected reads; returns the round's number, to be used as read-index context. */
  startRound(nowMs: number): number {
    assert(this.#collecting.length > 0, "a round needs a read");
    this.#lastRound++;
    this.#rounds.push({
      number: this.#lastRound,
      reads: this.#collecting,
      deadlineMs: nowMs + this.#timeoutMs,
      index: undefined,
    });
    this.#collecting = [];
    return this.#lastRound;
  }

  /**
   * Records the index that the quorum confirmed for a round. It serves every earlier round as well: those reads were asked
   * for before the quorum answered.
   */
  confirm(round: number, index: number): void {
    for (const waiting of this.#rounds) {
      if (waiting.number <= round) waiting.index ??= index;
    }
  }

  /** Answers every confirmed round whose index is applied. */
  release(appliedIndex: number): void {
    for (let i = 0; i < this.#rounds.length; ) {
      const round = this.#rounds[i] as Round;
      if (round.index === undefined || round.index > appliedIndex) {
        i++;
        continue;
      }
      this.#rounds.splice(i, 1);
      this.#answer(round.reads, undefined);
    }
  }

  /** The last round, when it is not confirmed yet: its answer will do for all of them. */
  get unconfirmed(): number | undefined {
    const last = this.#rounds.at(-1);
    return last?.index === undefined ? last?.number : undefined;
  }

  /** Gives up the rounds that the quorum has not confirmed; returns how many those were. */
  failUnconfirmed(error: () => Error): number {
    const first = this.#rounds.findIndex((round) => round.index === undefined);
    const failed = first === -1 ? [] : this.#rounds.splice(first);
    for (const { reads } of failed) this.#answer(reads, error());
    return failed.length;
  }

  /** Gives up the rounds whose time is over; returns how many those were. */
  expire(nowMs: number, error: () => Error): number {
    const young = this.#rounds.findIndex((round) => round.deadlineMs > nowMs);
    const expired = this.#rounds.splice(0, young === -1 ? this.#rounds.length : young);
    for (const { reads } of expired) this.#answer(reads, error());
    return expired.length;
  }

  /** Gives up everything, at stop. */
  failAll(error: () => Error): void {
    const reads = this.#rounds.flatMap((round) => round.reads).concat(this.#collecting);
    this.#rounds.length = 0;
    this.#collecting = [];
    this.#answer(reads, error());
  }

  #answer(reads: readonly ReadDone[], error: Error | undefined): void {
    this.#waitingCount -= reads.length;
    for (const done of reads) done(error);
  }
}
