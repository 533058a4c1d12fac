/**
 * The clock of one simulated process, on the one clock of the simulated world. What the process asked for dies with it;
 * while it is paused (SIGSTOP, a stall of the machine) time goes on without it, and all that came due runs when it resumes.
 */
import type { Clock, Timer } from "@etcd-ts/server";
import { type FakeClock, PowerCutError } from "@etcd-ts/server/testing";

/** A `Clock` that ends with its process. */
export class ProcessClock implements Clock {
  readonly #world: FakeClock;
  readonly #onPowerCut: () => void;
  #wallOffsetMs = 0;
  #dead = false;
  /** What came due during a pause; undefined while the process runs. */
  #held: (() => void)[] | undefined;

  /** `onPowerCut` is told when the process ran into a disk without power. */
  constructor(world: FakeClock, onPowerCut: () => void) {
    this.#world = world;
    this.#onPowerCut = onPowerCut;
  }

  get dead(): boolean {
    return this.#dead;
  }

  nowMs(): number {
    return this.#world.nowMs();
  }

  wallMs(): number {
    return Math.floor(this.#world.wallMs() + this.#wallOffsetMs);
  }

  /** Moves this process's calendar. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  setTimer(delayMs: number, run: () => void): Timer {
    return this.#world.setTimer(delayMs, () => this.enter(run));
  }

  endOfTurn(run: () => void): void {
    this.#world.endOfTurn(() => this.enter(run));
  }

  /** Runs something inside the process: now, when it resumes, or never. */
  enter(run: () => void): void {
    if (this.#dead) return;
    if (this.#held !== undefined) {
      this.#held.push(run);
      return;
    }
    try {
      run();
    } catch (error) {
      if (!(error instanceof PowerCutError)) throw error;
      this.#onPowerCut();
    }
  }

  /** Ends the process: nothing of it runs any more. */
  kill(): void {
    this.#dead = true;
    this.#held = undefined;
  }

  pause(): void {
    this.#held ??= [];
  }

  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const run of held) this.enter(run);
  }
}
