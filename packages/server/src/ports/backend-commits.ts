/**
 * The order of commits: one at a time, and whoever asks while one runs shares the next. A failed commit is final: what it
 * held is neither on disk nor staged any more, so every later call fails with the same error and the member must stop.
 */
export class CommitQueue {
  readonly #flush: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #failure: { readonly cause: unknown } | undefined;

  /** `flush` makes durable what is staged at the moment it is called. */
  constructor(flush: () => Promise<void>) {
    this.#flush = flush;
  }

  async commit(): Promise<void> {
    if (this.#failure !== undefined) throw new Error("an earlier commit failed", { cause: this.#failure.cause });
    if (this.#running === undefined) {
      this.#running = this.#run();
      return this.#running;
    }
    this.#next ??= this.#after(this.#running);
    return this.#next;
  }

  /** Runs `work` while no commit runs; commits asked for meanwhile follow it. */
  async exclusively(work: () => Promise<void>): Promise<void> {
    while (this.#running !== undefined) await settled(this.#running);
    const done = work().finally(() => {
      this.#running = undefined;
    });
    this.#running = done;
    await done;
  }

  async #after(running: Promise<void>): Promise<void> {
    await settled(running);
    this.#next = undefined;
    // Somebody may have taken the turn in between; then join what follows it.
    return this.commit();
  }

  async #run(): Promise<void> {
    try {
      await this.#flush();
    } catch (error) {
      this.#failure ??= { cause: error };
      throw error;
    } finally {
      this.#running = undefined;
    }
  }
}

async function settled(promise: Promise<void>): Promise<void> {
  try {
    await promise;
  } catch {
    // Whoever asked for that commit hears of its failure.
  }
}
