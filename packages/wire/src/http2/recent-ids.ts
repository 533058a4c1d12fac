/**
 * The last stream identifiers we reset: frames the peer sent before it knew are to be ignored, not punished.
 */
const capacity = 1024;

/** A bounded set that forgets its oldest members. */
export class RecentIds {
  readonly #ids = new Set<number>();

  /** Adds an identifier. */
  add(id: number): void {
    this.#ids.add(id);
    if (this.#ids.size <= capacity) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }

  /** Whether the identifier is among the last. */
  has(id: number): boolean {
    return this.#ids.has(id);
  }
}
