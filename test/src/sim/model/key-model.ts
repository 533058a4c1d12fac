/**
 * The key space as it must have been at each revision, built from the events of the observer and checked while it is
 * built: revisions without a gap, and every key-value exactly what follows from those before it. Naive on purpose: a
 * list of versions for each key, nothing is ever forgotten.
 */
import type { Kv, SeenEvent } from "../history.ts";

/** Live keys at a revision, in key order. */
export type State = ReadonlyMap<string, Kv>;

/** Every revision of the key space. */
export class KeyModel {
  /** Events by revision; revision 1 is the empty store. */
  readonly #revisions = new Map<number, readonly SeenEvent[]>();
  readonly #states: State[] = [new Map(), new Map()];
  /** What did not add up. */
  readonly complaints: string[] = [];

  /** Highest revision known. */
  get latest(): number {
    return this.#states.length - 1;
  }

  /** Adds the events of the next revision. */
  add(revision: number, events: readonly SeenEvent[]): void {
    if (revision !== this.latest + 1) {
      this.complaints.push(`the observer was told revision ${revision} after ${this.latest}`);
      while (this.latest < revision - 1) this.#states.push(this.#states[this.latest]!);
    }
    const state = new Map(this.#states[this.latest]);
    for (const event of events) this.#apply(state, event);
    this.#revisions.set(revision, events);
    this.#states.push(sorted(state));
  }

  /** The events of a revision; none for one that is not known. */
  events(revision: number): readonly SeenEvent[] {
    return this.#revisions.get(revision) ?? [];
  }

  /** Live keys at a revision. */
  at(revision: number): State {
    return this.#states[Math.min(revision, this.latest)]!;
  }

  #apply(state: Map<string, Kv>, event: SeenEvent): void {
    const before = state.get(event.key);
    if (event.kv === undefined) {
      if (before === undefined)
        this.complaints.push(`revision ${event.revision} deletes ${event.key}, which is not there`);
      state.delete(event.key);
      return;
    }
    const { createRevision, version, modRevision } = event.kv;
    const expected = [before?.createRevision ?? event.revision, (before?.version ?? 0) + 1, event.revision];
    if (`${[createRevision, version, modRevision]}` !== `${expected}`) {
      this.complaints.push(
        `${event.key} at revision ${event.revision}: created, version, modified are ` +
          `${[createRevision, version, modRevision]}, expected ${expected}`,
      );
    }
    state.set(event.key, event.kv);
  }
}

function sorted(state: Map<string, Kv>): State {
  return new Map([...state].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether a key lies in a span, `end` as in the API. */
export function isWithin(key: string, { key: from, end }: { key: string; end: string }): boolean {
  if (end === "") return key === from;
  return key >= from && (end === "\0" || key < end);
}
