/**
 * What a leader counts for one follower: appends that were answered, those that could not be sent, and how long answers took.
 * An append counts as answered when the follower says that it holds its last entry.
 *
 * Bound: the times of at most `timedMax` appends on their way are kept; further ones are counted without a time.
 */
import type { Message } from "@etcd-ts/raft";
import type { FollowerStats } from "../ports/index.ts";

const timedMax = 1_024;
/** What etcd shows before there was an answer. */
const noMinimum = 2 ** 63;

interface Timed {
  readonly lastIndex: number;
  readonly sentMs: number;
}

export class FollowerFigures {
  readonly #id: bigint;
  #timed: Timed[] = [];
  #failCount = 0;
  #successCount = 0;
  #currentMs = 0;
  #averageMs = 0;
  #averageSquare = 0;
  #minimumMs = noMinimum;
  #maximumMs = 0;

  constructor(id: bigint) {
    this.#id = id;
  }

  /** An append is on its way. */
  sent({ entries, index }: Message, nowMs: number): void {
    if (entries.length > 0 && this.#timed.length < timedMax)
      this.#timed.push({ lastIndex: index + entries.length, sentMs: nowMs });
  }

  /** An append could not be sent, or got lost on the way. */
  failed(): void {
    this.#failCount++;
    this.#timed = [];
  }

  /** The follower holds everything up to an index. */
  answered(index: number, nowMs: number): void {
    let count = 0;
    while (count < this.#timed.length && this.#timed[count]!.lastIndex <= index) {
      this.#observe(nowMs - this.#timed[count]!.sentMs);
      count++;
    }
    if (count > 0) this.#timed.splice(0, count);
  }

  get stats(): FollowerStats {
    const variance = Math.max(0, this.#averageSquare - this.#averageMs ** 2);
    return {
      id: this.#id,
      failCount: this.#failCount,
      successCount: this.#successCount,
      latencyMs: {
        current: this.#currentMs,
        average: this.#averageMs,
        standardDeviation: Math.sqrt(variance),
        minimum: this.#minimumMs,
        maximum: this.#maximumMs,
      },
    };
  }

  #observe(tookMs: number): void {
    const share = 1 / ++this.#successCount;
    this.#currentMs = tookMs;
    this.#averageMs += (tookMs - this.#averageMs) * share;
    this.#averageSquare += (tookMs ** 2 - this.#averageSquare) * share;
    this.#minimumMs = Math.min(this.#minimumMs, tookMs);
    this.#maximumMs = Math.max(this.#maximumMs, tookMs);
  }
}
