/**
 * The revisions that are being read in slices. Compaction waits for those below its own; none are added below it, since
 * such reads are refused.
 */

/** Open reads by revision. */
export class Pins {
  readonly #counts = new Map<number, number>();

  /** Reads under way. */
  get size(): number {
    let sum = 0;
    for (const count of this.#counts.values()) sum += count;
    return sum;
  }

  /** Whether something below the revision is still being read. */
  anyBelow(revision: number): boolean {
    for (const pinned of this.#counts.keys()) if (pinned < revision) return true;
    return false;
  }

  /** Answers how to end the read; doing it twice is a bug. */
  pin(revision: number): () => void {
    this.#counts.set(revision, (this.#counts.get(revision) ?? 0) + 1);
    return () => {
      const count = this.#counts.get(revision)! - 1;
      if (count === 0) this.#counts.delete(revision);
      else this.#counts.set(revision, count);
    };
  }
}
