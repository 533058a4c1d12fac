/**
 * The clock of a Node process, for programs that use this package alone.
 */
import { performance } from "node:perf_hooks";
import type { WireClock } from "../http2/index.ts";

/** Real time and the real event loop. */
export class NodeClock implements WireClock {
  #waiting: (() => void)[] = [];

  nowMs(): number {
    return performance.now();
  }

  setTimer(delayMs: number, run: () => void): { cancel(): void } {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  }

  endOfTurn(run: () => void): void {
    this.#waiting.push(run);
    if (this.#waiting.length === 1) setImmediate(() => this.#runWaiting());
  }

  #runWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) run();
  }
}
