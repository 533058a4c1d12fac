/**
 * Decides how the next sync is done: directly, which blocks the event loop and is over sooner, or in the thread pool.
 * Where a sync takes tens of microseconds, handing it to another thread and hearing back costs more than the sync.
 * Where it takes longer, the loop has better things to do meanwhile.
 *
 * Direct while their moving average stays below a bound. A stall ends it for a pause twenty times as long as the stall,
 * so that stalls block the loop for a twentieth of the time at most. In the pool, durations include the wait for the
 * loop and prove nothing against the disk: after the pause, and when the pool was quick once, direct is tried again.
 */

/** How syncs are done: by measurement, or always the same way, as simulations need. */
export const syncModes = ["adaptive", "direct", "pool"] as const;
export type SyncMode = (typeof syncModes)[number];

/** Above this average the loop does other work meanwhile. */
const DIRECT_AVERAGE_MS_MAX = 0.25;
/** A direct sync beyond this is a stall. */
const STALL_MS = 5;
const PAUSE_MS_MIN = 100;
const PAUSE_PER_STALL = 20;
/** A sync through the pool as quick as this gives reason to try a direct one. */
const POOL_MS_PROMISING = 1;
/** Larger writes take long to reach the disk whatever the average says. */
const DIRECT_BYTES_MAX = 512 * 1024;
/** Direct syncs in a row without a return to the event loop. */
const DIRECT_RUN_MAX = 4;
const WEIGHT = 1 / 16;

/** Chooses and learns; one per log. */
export class SyncPolicy {
  readonly #mode: SyncMode;
  #averageMs = 0;
  #direct = true;
  #pausedUntilMs = 0;

  constructor(mode: SyncMode) {
    this.#mode = mode;
  }

  /** Moving average of direct syncs; for tests and logs. */
  get averageMs(): number {
    return this.#averageMs;
  }

  /** Whether to sync directly after writing `bytes`, `run` direct syncs having gone before in this turn. */
  choosesDirect(bytes: number, run: number): boolean {
    if (this.#mode !== "adaptive") return this.#mode === "direct";
    return this.#direct && bytes <= DIRECT_BYTES_MAX && run < DIRECT_RUN_MAX;
  }

  /** Learns from a direct sync that ended at `nowMs`. */
  tookDirect(durationMs: number, nowMs: number): void {
    this.#averageMs += (durationMs - this.#averageMs) * WEIGHT;
    const stalled = durationMs > STALL_MS;
    if (!stalled && this.#averageMs <= DIRECT_AVERAGE_MS_MAX) return;
    this.#direct = false;
    this.#pausedUntilMs = nowMs + Math.max(PAUSE_MS_MIN, stalled ? PAUSE_PER_STALL * durationMs : 0);
  }

  /** Learns from a sync in the pool that ended at `nowMs`. */
  tookPool(durationMs: number, nowMs: number): void {
    if (this.#direct || nowMs < this.#pausedUntilMs || durationMs > POOL_MS_PROMISING) return;
    // The old average must not forbid what the trial is to find out.
    this.#averageMs = Math.min(this.#averageMs, DIRECT_AVERAGE_MS_MAX / 2);
    this.#direct = true;
  }
}
