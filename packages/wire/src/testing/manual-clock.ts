/**
 * A clock that moves only when it is told to. Turns end when `settle` is called, or with `advance`.
 */
import type { WireClock } from "../http2/index.ts";

/** Scripted time for tests and simulations. */
export class ManualClock implements WireClock {
  #nowMs = 1000;
  #timers: { dueMs: number; run: () => void }[] = [];
  #turnEnd: (() => void)[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, run: () => void): { cancel(): void } {
    const timer = { dueMs: this.#nowMs + delayMs, run };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  endOfTurn(run: () => void): void {
    this.#turnEnd.push(run);
  }

  /** Timers waiting. */
  get timerCount(): number {
    return this.#timers.length;
  }

  /** Ends the turn, and those that follow from it. */
  settle(): boolean {
    const hadWork = this.#turnEnd.length > 0;
    while (this.#turnEnd.length > 0) for (const run of this.#turnEnd.splice(0)) run();
    return hadWork;
  }

  /** Lets time pass, running what becomes due in order. */
  advance(durationMs: number): void {
    const untilMs = this.#nowMs + durationMs;
    for (let next = this.#earliest(untilMs); next !== undefined; next = this.#earliest(untilMs)) {
      const due = next;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#nowMs = Math.max(this.#nowMs, due.dueMs);
      due.run();
      this.settle();
    }
    this.#nowMs = untilMs;
  }

  #earliest(untilMs: number): { dueMs: number; run: () => void } | undefined {
    return this.#timers.filter((timer) => timer.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0];
  }
}
