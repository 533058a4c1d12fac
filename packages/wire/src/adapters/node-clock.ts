/**
 * The clock of a Node process, for programs that use this package alone.
 */
import { performance } from "node:perf_hooks";
import type { WireClock } from "../http2/index.ts";

const roundCountMax = 8;

/** Real time and the real event loop. */
export class NodeClock implements WireClock {
  #waiting: (() => void)[] = [];
  #isScheduled = false;
  readonly #runScheduled = () => this.#runWaiting();

  nowMs(): number {
    return performance.now();
  }

  setTimer(delayMs: number, run: () => void): { cancel(): void } {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  }

  endOfTurn(run: () => void): void {
    this.#waiting.push(run);
    this.#schedule();
  }

  #runWaiting(): void {
    // What the end of a turn brings about, such as writing the replies it produced, still belongs to that turn.
    for (let round = 0; round < roundCountMax && this.#waiting.length > 0; round++) {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const run of waiting) run();
    }
    this.#isScheduled = false;
    if (this.#waiting.length > 0) this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#runScheduled);
  }
}
