/**
 * What the harness believes a key to hold, and what an operation does to keys. A writer is the only one to touch its
 * keys and waits for each answer, so its belief is exact but for at most one operation whose answer a crash took away.
 */

/** One key's content; absent keys have no entry. */
export interface KeyValue {
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
}

/** One change of one key, in the order the server applies it; no value is a deletion. */
export interface Effect {
  readonly key: string;
  readonly value: string | undefined;
}

/** An answered operation: all its effects happened at this revision. */
export interface Acknowledged {
  readonly revision: number;
  readonly effects: readonly Effect[];
}

/** The values that keys hold after the effects; the given map stays as it is. */
export function applied(values: ReadonlyMap<string, string>, effects: readonly Effect[]): Map<string, string> {
  const after = new Map(values);
  for (const { key, value } of effects) {
    if (value === undefined) after.delete(key);
    else after.set(key, value);
  }
  return after;
}

/** True when both maps hold the same keys with the same values. */
export function sameValues(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): boolean {
  return left.size === right.size && [...left].every(([key, value]) => right.get(key) === value);
}
