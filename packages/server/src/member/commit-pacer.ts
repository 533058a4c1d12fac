/**
 * Decides when the live store's staged writes go to disk. No answer waits for it (the log covers the difference), so it
 * batches. Every `intervalMs` it looks whether `worthwhileBytes` are staged or the oldest of them waits for `delayMaxMs`;
 * at `stagedBytesMax` it commits at once. Little by little would cost more: each flush of the store makes the syncs of the
 * log beside it slower, and those do have answers waiting for them.
 *
 * Bounds: while twice `stagedBytesMax` is staged, `overloaded` is true and the member takes no new proposals, so a slow
 * disk cannot let the staged writes grow without end. A failed commit is fatal: the store can no longer be trusted to follow.
 */
import type { Backend, Clock, Histogram, Timer } from "../ports/index.ts";

/** The store that is committed, and who hears of it. */
export interface CommitPacerParts {
  readonly backend: Pick<Backend, "commit" | "stagedBytes">;
  readonly clock: Clock;
  readonly durationSeconds: Histogram;
  /** Called after each commit, when proposals may go on. */
  onCommitted(): void;
  onFatal(error: Error): void;
}

/** When to commit. */
export interface CommitPacerOptions {
  /** Between two looks at what is staged. */
  readonly intervalMs: number;
  /** Staged bytes that are worth a commit of their own. */
  readonly worthwhileBytes: number;
  /** The longest that a staged write waits for company. */
  readonly delayMaxMs: number;
  /** Staged bytes that start a commit at once. */
  readonly stagedBytesMax: number;
}

/** A member's pace; looking as often as etcd commits. Measured with one client, whose puts wait for every slow sync. */
export const commitPacing: CommitPacerOptions = {
  intervalMs: 100,
  worthwhileBytes: 1024 * 1024,
  delayMaxMs: 1000,
  stagedBytesMax: 32 * 1024 * 1024,
};

export class CommitPacer {
  readonly #parts: CommitPacerParts;
  readonly #options: CommitPacerOptions;
  /** When the first write was staged that no commit has taken yet. */
  #stagedSinceMs = 0;
  #timer: Timer | undefined;
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(parts: CommitPacerParts, options: CommitPacerOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  get overloaded(): boolean {
    return this.#parts.backend.stagedBytes >= 2 * this.#options.stagedBytesMax;
  }

  /** Tells that something was staged. */
  staged(): void {
    if (this.#running !== undefined || this.#stopped) return;
    if (this.#parts.backend.stagedBytes >= this.#options.stagedBytesMax) this.#begin();
    else if (this.#timer === undefined) {
      this.#stagedSinceMs = this.#parts.clock.nowMs();
      this.#arm();
    }
  }

  #arm(): void {
    this.#timer = this.#parts.clock.setTimer(this.#options.intervalMs, () => this.#look());
  }

  #look(): void {
    const waitedMs = this.#parts.clock.nowMs() - this.#stagedSinceMs;
    const { worthwhileBytes, delayMaxMs } = this.#options;
    if (waitedMs >= delayMaxMs || this.#parts.backend.stagedBytes >= worthwhileBytes) this.#begin();
    else this.#arm();
  }

  /** Nobody waits for the commit; that it failed is told by `onFatal`. */
  #begin(): void {
    this.commit().catch(() => {});
  }

  /** Commits now; resolves when everything staged before the call is durable, rejects when it will never be. */
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
      throw error;
    } finally {
      this.#running = undefined;
    }
    if (this.#parts.backend.stagedBytes > 0) this.staged();
    this.#parts.onCommitted();
  }
}
