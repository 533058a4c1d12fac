/**
 * A token bucket against floods: what carries no work costs tokens, time and useful work give them back. It fills
 * lazily, so a well-behaved connection never reads the clock for it.
 */

/** Tokens of one kind of frame on one connection. */
export class AbuseBudget {
  readonly #burst: number;
  readonly #perSecond: number;
  #tokens: number;
  #filledMs = 0;

  constructor(options: { burst: number; perSecond: number; nowMs: number }) {
    this.#burst = options.burst;
    this.#perSecond = options.perSecond;
    this.#tokens = options.burst;
    this.#filledMs = options.nowMs;
  }

  /** Takes tokens; false when there were too few: the peer overdid it. */
  spend(tokens: number, nowMs: number): boolean {
    if (this.#tokens < tokens) this.#fill(nowMs);
    if (this.#tokens < tokens) return false;
    this.#tokens -= tokens;
    return true;
  }

  /** Returns tokens for work that came with the frames. */
  earn(tokens: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + tokens);
  }

  #fill(nowMs: number): void {
    const gained = ((nowMs - this.#filledMs) * this.#perSecond) / 1000;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#filledMs = nowMs;
  }
}
