/**
 * The promises of a watch, for each one that was opened: every event of its keys and filters from where it began, in
 * order, once, those of a revision together, with the right previous version; progress only behind events; a new life goes
 * on exactly where the last one ended; or else an explicit end because the past was compacted.
 */
import type { History, SeenEvent, Told, WatchLog } from "../history.ts";
import { isAlike } from "./alike.ts";
import { show } from "./answers.ts";
import type { Compactions } from "./compactions.ts";
import { isWithin, type KeyModel } from "./key-model.ts";

/** What watches are checked against. */
export interface WatchFacts {
  readonly model: KeyModel;
  readonly compactions: Compactions;
}

/** Checks every watch, the observer's too. */
export function checkWatches({ observer, watches }: History, facts: WatchFacts): string[] {
  return [observer, ...watches].flatMap((log) => {
    const complaints = new WatchCheck(log, facts).run();
    return complaints.map((complaint) => `watch of step ${log.step}: ${complaint}`);
  });
}

class WatchCheck {
  readonly #log: WatchLog;
  readonly #facts: WatchFacts;
  readonly #complaints: string[] = [];
  /** Everything of interest below this revision was told. */
  #position = 0;
  /** Wanted events that another of the same key and revision followed, whether this watch hears of that one or not. */
  readonly #undone = new WeakSet<SeenEvent>();

  constructor(log: WatchLog, facts: WatchFacts) {
    this.#log = log;
    this.#facts = facts;
  }

  run(): string[] {
    for (const told of this.#log.told) this.#judge(told);
    const { latest } = this.#facts.model;
    // The schedule ends with everybody served and nothing going on, so that nothing may be missing.
    if (this.#log.told.length > 0) this.#expectNothing(latest + 1, "the end");
    return this.#complaints;
  }

  #judge(told: Told): void {
    switch (told.kind) {
      case "created":
        this.#position = told.from;
        return;
      case "events":
        this.#events(told.events, told.at);
        return;
      case "progress":
        this.#expectNothing(told.revision + 1, `progress at ${told.revision}`);
        return;
      case "compacted":
        this.#compacted(told);
        return;
      default:
        told satisfies never;
    }
  }

  #events(events: readonly SeenEvent[], at: number): void {
    const first = events[0]!.revision;
    const last = events.at(-1)!.revision;
    this.#expectNothing(first, `revision ${first}`);
    if (first < this.#position)
      this.#complaints.push(`was told revision ${first} again, or late: it was at ${this.#position}`);
    const expected: SeenEvent[] = [];
    for (let revision = first; revision <= last; revision++) expected.push(...this.#wanted(revision));
    if (!this.#isTold(events, expected, this.#facts.compactions.possible(at))) {
      this.#complaints.push(`was told ${show(events)}, expected ${show(expected)}`);
    }
    this.#position = Math.max(this.#position, last + 1);
  }

  /** There must be no event of interest from the position up to a revision. */
  #expectNothing(before: number, by: string): void {
    for (let revision = this.#position; revision < before; revision++) {
      if (this.#wanted(revision).length === 0) continue;
      this.#complaints.push(`missed ${show(this.#wanted(revision))} before ${by}`);
    }
    this.#position = Math.max(this.#position, before);
  }

  #compacted({ revision, at }: Extract<Told, { kind: "compacted" }>): void {
    const { compactions } = this.#facts;
    if (!compactions.asked(revision) || revision > compactions.possible(at)) {
      this.#complaints.push(`was ended by a compaction at ${revision}, which nobody asked for`);
    }
    if (this.#position >= revision)
      this.#complaints.push(`was ended by a compaction at ${revision}, but is at ${this.#position}`);
    this.#position = revision;
  }

  /** What the watch must be told of a revision. */
  #wanted(revision: number): SeenEvent[] {
    const { model } = this.#facts;
    const before = model.at(revision - 1);
    const wanted: SeenEvent[] = [];
    const events = model.events(revision);
    for (const [place, event] of events.entries()) {
      // A key that is made anew has no past, even if the same revision deleted it before.
      const isNew = event.kv?.createRevision === revision;
      const prevKv = this.#log.prevKv && !isNew ? before.get(event.key) : undefined;
      if (isWithin(event.key, this.#log) && !this.#log.filters.includes(event.kv === undefined ? 1 : 0)) {
        const one = { ...event, prevKv };
        wanted.push(one);
        if (events.some(({ key }, later) => later > place && key === event.key)) this.#undone.add(one);
      }
    }
    return wanted;
  }

  /**
   * Whether events are what was expected. What a compaction may have taken can be missing: previous versions from before it,
   * and at its own revision changes that were undone within it.
   */
  #isTold(events: readonly SeenEvent[], expected: readonly SeenEvent[], compacted: number): boolean {
    let at = 0;
    for (const one of expected) {
      const event = events[at];
      if (event !== undefined && isSame(event, one, compacted)) at++;
      else if (one.revision > compacted || !this.#undone.has(one)) return false;
    }
    return at === events.length;
  }
}

function isSame(event: SeenEvent, expected: SeenEvent, compacted: number): boolean {
  if (isAlike(event, expected)) return true;
  const isForgotten = expected.revision - 1 < compacted && event.prevKv === undefined;
  return isForgotten && isAlike(event, { ...expected, prevKv: undefined });
}
