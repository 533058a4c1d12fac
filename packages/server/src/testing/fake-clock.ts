/**
 * A scripted clock for tests and simulations: time passes only when `advance` says so.
 * Timers run in order of their due time, equal times in the order they were set, each seeing `nowMs()` as its own
 * due time. A turn ends after every timer and when `runTurn` is called: only then does `endOfTurn` work run, so that
 * batching behaves as on the real event loop. The same calls give the same order, always.
 */
import { assert } from "../lib/assert.ts";
import type { Clock, Timer } from "../ports/index.ts";

interface PendingTimer {
  readonly dueMs: number;
  /** Position among all timers ever set: breaks ties. */
  readonly sequence: number;
  readonly run: () => void;
  /** Ran or was cancelled; a cancelled timer stays in the heap until its turn comes. */
  done: boolean;
}

const START_OF_2020_MS = 1_577_836_800_000;
/** Work that keeps asking for another turn is a loop, not a batch. */
const TURNS_MAX = 10_000;
/** More timers than this in one `advance` is a timer that re-arms itself with no delay. */
const TIMERS_MAX = 10_000_000;

/** A `Clock` whose time stands still until the test moves it. */
export class FakeClock implements Clock {
  #nowMs = 0;
  #wallOffsetMs: number;
  #sequence = 0;
  /** A binary heap, earliest timer first. */
  readonly #timers: PendingTimer[] = [];
  #pending = 0;
  #turn: (() => void)[] = [];

  /** `wallMs` is the calendar time at the start; the default is 2020-01-01. */
  constructor(options: { wallMs?: number } = {}) {
    this.#wallOffsetMs = options.wallMs ?? START_OF_2020_MS;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#wallOffsetMs + this.#nowMs;
  }

  /** Moves the calendar and nothing else, as an operator or NTP does. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  setTimer(delayMs: number, run: () => void): Timer {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), sequence: this.#sequence++, run, done: false };
    this.#push(timer);
    this.#pending++;
    return { cancel: () => this.#finish(timer) };
  }

  endOfTurn(run: () => void): void {
    this.#turn.push(run);
  }

  /** Ends the current turn: runs everything handed to `endOfTurn`, and what that hands over in its turn. */
  runTurn(): void {
    for (let turns = 0; this.#turn.length > 0; turns++) {
      assert(turns < TURNS_MAX, "endOfTurn work asks for another turn without end");
      const batch = this.#turn;
      this.#turn = [];
      for (const run of batch) run();
    }
  }

  /** Lets `byMs` pass: ends the turn, then runs every timer due meanwhile, each followed by the end of its turn. */
  advance(byMs: number): void {
    assert(byMs >= 0, "time does not go back");
    const untilMs = this.#nowMs + byMs;
    this.runTurn();
    for (let ran = 0; this.#runNext(untilMs); ran++) assert(ran < TIMERS_MAX, "a timer re-arms itself without delay");
    this.#nowMs = untilMs;
  }

  /** Due time of the next timer, for a simulation that jumps from event to event. */
  nextTimerMs(): number | undefined {
    return this.#peek()?.dueMs;
  }

  /** Whether something waits for the end of the turn. */
  get turnPending(): boolean {
    return this.#turn.length > 0;
  }

  /** Timers set, not yet run and not cancelled: a test can show that nothing was left behind. */
  get pendingTimers(): number {
    return this.#pending;
  }

  #runNext(untilMs: number): boolean {
    const next = this.#peek();
    if (next === undefined || next.dueMs > untilMs) return false;
    this.#pop();
    this.#nowMs = next.dueMs;
    this.#finish(next);
    next.run();
    this.runTurn();
    return true;
  }

  #finish(timer: PendingTimer): void {
    if (timer.done) return;
    timer.done = true;
    this.#pending--;
  }

  #peek(): PendingTimer | undefined {
    while (this.#timers[0]?.done) this.#pop();
    return this.#timers[0];
  }

  #push(timer: PendingTimer): void {
    const heap = this.#timers;
    heap.push(timer);
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!before(heap[at]!, heap[parent]!)) return;
      swap(heap, { a: at, b: parent });
      at = parent;
    }
  }

  #pop(): void {
    const heap = this.#timers;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = left;
      if (right < heap.length && before(heap[right]!, heap[left]!)) least = right;
      if (least >= heap.length || !before(heap[least]!, heap[at]!)) return;
      swap(heap, { a: at, b: least });
      at = least;
    }
  }
}

function before(left: PendingTimer, right: PendingTimer): boolean {
  return left.dueMs < right.dueMs || (left.dueMs === right.dueMs && left.sequence < right.sequence);
}

function swap(heap: PendingTimer[], { a, b }: { a: number; b: number }): void {
  const kept = heap[a]!;
  heap[a] = heap[b]!;
  heap[b] = kept;
}
