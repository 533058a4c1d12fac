/**
 * The one deadline a connection has at a time, moved with every request. Moving it later costs no timer: the timer that
 * runs looks, when it fires, whether the deadline has moved, and waits for the rest.
 */
import type { Clock, Timer } from "../ports/index.ts";

/** See the top of this file. `cancel` ends it for good. */
export class ConnectionDeadline {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #dueMs = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;
  #firesMs = 0;

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Calls `onDue` after `delayMs`, unless it is moved or lifted before. */
  set(delayMs: number): void {
    this.#dueMs = this.#clock.nowMs() + delayMs;
    if (this.#timer !== undefined && this.#firesMs <= this.#dueMs) return;
    this.#timer?.cancel();
    this.#arm(delayMs);
  }

  /** From now on nothing is due. */
  lift(): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
  }

  /** Lifts it and gives the timer back. */
  cancel(): void {
    this.lift();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(delayMs: number): void {
    this.#firesMs = this.#clock.nowMs() + delayMs;
    this.#timer = this.#clock.setTimer(delayMs, () => this.#fire());
  }

  #fire(): void {
    this.#timer = undefined;
    if (this.#dueMs === Number.POSITIVE_INFINITY) return;
    const leftMs = this.#dueMs - this.#clock.nowMs();
    if (leftMs > 0) this.#arm(leftMs);
    else this.#onDue();
  }
}
