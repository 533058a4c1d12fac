/**
 * One timer for all the deadlines of a connection. Deadlines mostly move later, which nobody reports: the timer just
 * fires, asks what is due next and sleeps again. Only an earlier deadline has to be announced, so a call with a
 * deadline costs one comparison.
 */
import type { WireClock } from "./byte-stream.ts";

const intervalMinMs = 5;

/** Calls a check when the earliest deadline may have come. */
export class Watchdog {
  readonly #clock: WireClock;
  readonly #check: (nowMs: number) => number;
  #timer: { cancel(): void } | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #isStopped = false;

  /** `check` handles what is due and returns when it wants to be called next. */
  constructor(clock: WireClock, check: (nowMs: number) => number) {
    this.#clock = clock;
    this.#check = check;
  }

  /** Makes sure that the check runs no later than `dueMs`, give or take a few milliseconds. */
  wakeAt(dueMs: number): void {
    if (dueMs >= this.#dueMs || this.#isStopped) return;
    this.#timer?.cancel();
    this.#dueMs = dueMs;
    const delayMs = Math.max(intervalMinMs, dueMs - this.#clock.nowMs());
    // Longer timers than 31 bits of milliseconds end at once on some platforms.
    this.#timer = this.#clock.setTimer(Math.min(delayMs, 2 ** 31 - 1), () => this.#wake());
  }

  /** Never calls the check again. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #wake(): void {
    this.#timer = undefined;
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.wakeAt(this.#check(this.#clock.nowMs()));
  }
}
