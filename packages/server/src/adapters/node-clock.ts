/**
 * Time of the real machine: `performance.now`, `Date.now`, Node's timers. All work handed to `endOfTurn` in one turn
 * shares one `setImmediate`, so that a thousand requests read from the sockets cost one flush.
 */
import type { Clock, Timer } from "../ports/index.ts";

/** Node runs longer delays at once; they are waited for in pieces. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** The `Clock` of a running member. */
export class NodeClock implements Clock {
  #batch: (() => void)[] = [];
  /** The batch before, empty again: kept so that no turn allocates an array. */
  #spare: (() => void)[] = [];
  readonly #flush = (): void => this.#runBatch();

  nowMs(): number {
    return performance.now();
  }

  wallMs(): number {
    return Date.now();
  }

  setTimer(delayMs: number, run: () => void): Timer {
    return new NodeTimer(delayMs, run);
  }

  endOfTurn(run: () => void): void {
    if (this.#batch.push(run) === 1) setImmediate(this.#flush);
  }

  #runBatch(): void {
    const batch = this.#batch;
    this.#batch = this.#spare;
    this.#spare = [];
    let done = 0;
    try {
      while (done < batch.length) batch[done++]!();
    } finally {
      // One failing piece must not swallow the others of its turn.
      for (; done < batch.length; done++) this.endOfTurn(batch[done]!);
      batch.length = 0;
      this.#spare = batch;
    }
  }
}

class NodeTimer implements Timer {
  readonly #dueMs: number;
  readonly #run: () => void;
  #handle: NodeJS.Timeout | undefined;

  constructor(delayMs: number, run: () => void) {
    this.#dueMs = performance.now() + delayMs;
    this.#run = run;
    this.#arm(delayMs);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  #arm(delayMs: number): void {
    const waitMs = Math.min(DELAY_MS_MAX, Math.max(0, Math.ceil(delayMs)));
    this.#handle = setTimeout(() => this.#fire(), waitMs);
  }

  /** Node's timers count whole milliseconds of the loop's own clock and may come a fraction early. */
  #fire(): void {
    const leftMs = this.#dueMs - performance.now();
    if (leftMs > 0) this.#arm(leftMs);
    else this.#run();
  }
}
