/**
 * Which key hangs on which lease. A key belongs to at most one lease, that of its last put.
 * Replicated: every member holds the same pairs after the same log entry. Keys are `keyString`s.
 */

/** The keys of every lease, and the lease of every key. */
export class HeldKeys {
  readonly #leaseOf = new Map<string, bigint>();
  readonly #keysOf = new Map<bigint, Set<string>>();

  /** The lease a key hangs on. */
  leaseOf(key: string): bigint | undefined {
    return this.#leaseOf.get(key);
  }

  /** Hangs a key on a lease, taking it from the one it was on. */
  attach(id: bigint, key: string): void {
    const before = this.#leaseOf.get(key);
    if (before === id) return;
    if (before !== undefined) this.#drop(before, key);
    this.#leaseOf.set(key, id);
    const keys = this.#keysOf.get(id);
    if (keys === undefined) this.#keysOf.set(id, new Set([key]));
    else keys.add(key);
  }

  /** Takes a key from its lease, if it has one. */
  detach(key: string): void {
    const id = this.#leaseOf.get(key);
    if (id === undefined) return;
    this.#leaseOf.delete(key);
    this.#drop(id, key);
  }

  /** The keys of a lease, sorted by their bytes. */
  sorted(id: bigint): string[] {
    return [...(this.#keysOf.get(id) ?? [])].sort();
  }

  /** Takes all keys from a lease, and returns them sorted by their bytes. */
  release(id: bigint): string[] {
    const keys = this.sorted(id);
    for (const key of keys) this.#leaseOf.delete(key);
    this.#keysOf.delete(id);
    return keys;
  }

  #drop(id: bigint, key: string): void {
    const keys = this.#keysOf.get(id);
    keys?.delete(key);
    if (keys?.size === 0) this.#keysOf.delete(id);
  }
}
