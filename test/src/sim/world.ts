/**
 * Time in the simulation: jumps from timer to timer, and lets every promise that a timer settled run on before the next.
 * Nothing in a simulation waits for anything real, so an immediate is reached exactly when all of that is done.
 */
import { FakeClock } from "@etcd-ts/server/testing";
import type { Pulse } from "./pulse.ts";

/** More turns than this without time passing is a loop. */
const turnsMax = 10_000;
/** More events than this in one simulated second is a loop too: a busy cluster of seven has some thousand. */
const eventsPerSecondMax = 200_000;

const immediatesAtOnce = 64;
let immediates = 0;
/** Who waits for an immediate, in order; in a schedule on its own there is never more than one. */
const waiting: (() => void)[] = [];

/** The one clock, and how it moves. */
export class World {
  readonly clock = new FakeClock();
  readonly #pulse: Pulse | undefined;
  #sequence = 0;
  /** Timers that ran: the measure of a schedule's length. */
  eventCount = 0;
  /** Where the second of simulated time begins that events are counted in, and their number before it. */
  #second = { fromMs: 0, before: 0 };

  /** `pulse` beats with each event. */
  constructor(pulse?: Pulse) {
    this.#pulse = pulse;
  }

  /** Numbers what clients see, so that "before" and "after" are exact. */
  nextSequence(): number {
    return ++this.#sequence;
  }

  /** Runs everything due until then. */
  async runUntil(untilMs: number): Promise<void> {
    await this.settle();
    for (;;) {
      const dueMs = this.clock.nextTimerMs();
      if (dueMs === undefined || dueMs > untilMs) break;
      this.#count(dueMs);
      this.clock.advance(Math.max(0, dueMs - this.clock.nowMs()));
      await this.settle();
    }
    this.clock.advance(untilMs - this.clock.nowMs());
  }

  /** Counts an event before it runs, and gives up where they are too many. */
  #count(dueMs: number): void {
    this.#pulse?.beat(dueMs);
    this.eventCount++;
    if (dueMs >= this.#second.fromMs + 1000) this.#second = { fromMs: dueMs, before: this.eventCount };
    else if (this.eventCount - this.#second.before > eventsPerSecondMax)
      throw new Error(`more than ${eventsPerSecondMax} events in the second before ${dueMs.toFixed(1)} ms`);
  }

  /** Lets promises and ends of turns run until there are no more. */
  async settle(): Promise<void> {
    await drained();
    for (let turns = 0; this.clock.turnPending; turns++) {
      if (turns > turnsMax) throw new Error("the simulation does not come to rest");
      this.clock.runTurn();
      await drained();
    }
  }
}

/**
 * Resolves when everything that promises have to do is done. Immediates are set many at a time: a turn of the event loop,
 * with its look at the operating system, costs more than most of what happens between two of them.
 */
function drained(): Promise<void> {
  if (immediates === 0) {
    for (; immediates < immediatesAtOnce; immediates++) setImmediate(runImmediate);
  }
  return new Promise((resolve) => {
    waiting.push(resolve);
  });
}

function runImmediate(): void {
  immediates--;
  waiting.shift()?.();
}
