/**
 * Decides when the live store's staged writes go to disk. No answer waits for it (the log covers the difference), so it
 * batches: a commit starts `intervalMs` after the first staged write, or at once when `stagedBytesMax` is reached.
 *
 * Bounds: while twice `stagedBytesMax` is staged, `overloaded` is true and the member takes no new proposals, so a slow
 * disk cannot let the staged writes grow without end. A failed commit is fatal: the store can no longer be trusted to follow.
 */
import type { Backend, Clock, Histogram, Timer } from "../ports/index.ts";

export interface CommitPacerParts {
  readonly backend: Pick<Backend, "commit" | "stagedBytes">;
  readonly clock: Clock;
  readonly durationSeconds: Histogram;
  /** Called after each commit, when proposals may go on. */
  onCommitted(): void;
  onFatal(error: Error): void;
}

export class CommitPacer {
  readonly #parts: CommitPacerParts;
  readonly #intervalMs: number;
  readonly #stagedBytesMax: number;
  #timer: Timer | undefined;
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(parts: CommitPacerParts, options: { intervalMs: number; stagedBytesMax: number }) {
    this.#parts = parts;
    this.#intervalMs = options.intervalMs;
    this.#stagedBytesMax = options.stagedBytesMax;
  }

  get overloaded(): boolean {
    return this.#parts.backend.stagedBytes >= 2 * this.#stagedBytesMax;
  }

  /** Tells that something was staged. */
  staged(): void {
    if (this.#running !== undefined || this.#stopped) return;
    if (this.#parts.backend.stagedBytes >= this.#stagedBytesMax) void this.commit();
    else this.#timer ??= this.#parts.clock.setTimer(this.#intervalMs, () => void this.commit());
  }

  /** Commits now; resolves when everything staged before the call is durable. */
  async commit(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#running !== undefined) await this.#running;
    this.#running ??= this.#commitOnce();
    await this.#running;
  }

  /** Starts no further commit by itself. */
  stop(): void {
    this.#timer?.cancel();
    this.#stopped = true;
  }

  async #commitOnce(): Promise<void> {
    const startedMs = this.#parts.clock.nowMs();
    try {
      await this.#parts.backend.commit();
      this.#parts.durationSeconds.observe((this.#parts.clock.nowMs() - startedMs) / 1000);
    } catch (error) {
      this.#parts.onFatal(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#running = undefined;
    }
    if (this.#parts.backend.stagedBytes > 0) this.staged();
    this.#parts.onCommitted();
  }
}
