/**
 * Finds for every revision the one call that made it, and for every acknowledged call the place where it was done.
 *
 * Acknowledged calls name their revision; the others may have been done at any revision that looks like their doing, and a
 * revision that deletes the keys of a lease may be that lease's expiry. Which of them made which is an assignment
 * problem, solved by augmenting paths: a schedule is wrong only if no assignment explains it.
 */
import type { History } from "../history.ts";
import { isAlike } from "./alike.ts";
import { show } from "./answers.ts";
import { answered, effectOf, isWrite, makes, type WriteCall } from "./effects.ts";
import type { KeyModel } from "./key-model.ts";
import { endOf } from "./outcome.ts";
import type { Timeline } from "./timeline.ts";

/** Who made a revision: a call, or the expiry of a lease. It is certain when no call without an answer can have done the same. */
export type Author = WriteCall | { readonly kind: "expiry"; readonly lease: bigint; readonly isCertain: boolean };

/** Revisions and their authors. */
export interface Authors {
  readonly authors: ReadonlyMap<number, Author>;
  readonly complaints: readonly string[];
}

/** Explains every revision. */
export function findAuthors(history: History, model: KeyModel, timeline: Timeline): Authors {
  const finder = new AuthorFinder(history, model, timeline);
  finder.placeAcknowledged();
  finder.placeOthers();
  return finder;
}

class AuthorFinder implements Authors {
  readonly authors = new Map<number, Author>();
  readonly complaints: string[] = [];
  readonly #writes: WriteCall[];
  readonly #model: KeyModel;
  readonly #timeline: Timeline;

  constructor(history: History, model: KeyModel, timeline: Timeline) {
    this.#writes = history.calls.filter(isWrite);
    this.#model = model;
    this.#timeline = timeline;
  }

  placeAcknowledged(): void {
    const done = this.#writes.filter((call) => endOf(call) === "done");
    // A revocation does not tell whether it deleted keys: it may have the revisions that nobody else made.
    for (const call of done) if (call.kind !== "revoke") this.#place(call);
    for (const call of done) if (call.kind === "revoke") this.#place(call);
  }

  placeOthers(): void {
    const open: number[] = [];
    for (let revision = 2; revision <= this.#model.latest; revision++) {
      if (!this.authors.has(revision)) open.push(revision);
    }
    const candidates = new Map(open.map((revision) => [revision, this.#candidates(revision)]));
    const taken = new Map<string, number>();
    for (const revision of open) {
      if (this.#assign(revision, { candidates, taken, tried: new Set() })) continue;
      const events = this.#model.events(revision).map(({ key, kv }) => `${kv === undefined ? "delete" : "put"} ${key}`);
      this.complaints.push(`nobody can have made revision ${revision} (${events.join(", ")})`);
    }
  }

  #place(call: WriteCall): void {
    const revision = call.response!.header!.revision;
    const where = `${call.kind} of step ${call.step} at revision ${revision}`;
    if (revision > this.#model.latest) {
      this.complaints.push(`${where}: acknowledged, but lost: the store ends at revision ${this.#model.latest}`);
      return;
    }
    const made = effectOf(this.#model, call, revision - 1);
    const isAuthor = made !== undefined && made.changes.length > 0 && makes(made.changes, this.#model, revision);
    if (isAuthor && isAlike(made.answer, answered(call)) && !this.authors.has(revision))
      this.authors.set(revision, call);
    else this.#placeUnchanging(call, where);
  }

  /** A call that changed nothing was done after the revision it names, and before the next. */
  #placeUnchanging(call: WriteCall, where: string): void {
    const effect = effectOf(this.#model, call, call.response!.header!.revision);
    if (effect === undefined || effect.changes.length > 0) {
      this.complaints.push(`${where}: acknowledged, but its changes are not there`);
    } else if (!isAlike(effect.answer, answered(call))) {
      this.complaints.push(`${where}: answered ${show(answered(call))}, expected ${show(effect.answer)}`);
    }
  }

  #candidates(revision: number): Author[] {
    const firstSeen = this.#timeline.firstSeen(revision);
    const found: Author[] = [];
    for (const call of this.#writes) {
      if (endOf(call) !== "unknown" || call.calledAt > firstSeen) continue;
      const effect = effectOf(this.#model, call, revision - 1);
      if (effect !== undefined && effect.changes.length > 0 && makes(effect.changes, this.#model, revision))
        found.push(call);
    }
    const lease = this.#expiredLease(revision);
    if (lease !== undefined) found.push({ kind: "expiry", lease, isCertain: found.length === 0 });
    return found;
  }

  /** The lease whose keys, all of them and nothing else, a revision deletes. */
  #expiredLease(revision: number): bigint | undefined {
    const events = this.#model.events(revision);
    const before = this.#model.at(revision - 1);
    if (events.length === 0 || events.some(({ kv }) => kv !== undefined)) return undefined;
    const lease = before.get(events[0]!.key)?.lease ?? 0n;
    const held = [...before.values()].filter((kv) => kv.lease === lease).map(({ key }) => key);
    return lease !== 0n && `${held}` === `${events.map(({ key }) => key)}` ? lease : undefined;
  }

  #assign(
    revision: number,
    matching: { candidates: Map<number, Author[]>; taken: Map<string, number>; tried: Set<string> },
  ): boolean {
    for (const author of matching.candidates.get(revision)!) {
      const name = nameOf(author);
      if (matching.tried.has(name)) continue;
      matching.tried.add(name);
      const holder = matching.taken.get(name);
      if (holder !== undefined && !this.#assign(holder, matching)) continue;
      matching.taken.set(name, revision);
      this.authors.set(revision, author);
      return true;
    }
    return false;
  }
}

function nameOf(author: Author): string {
  return author.kind === "expiry" ? `expiry ${author.lease}` : `call ${author.calledAt}`;
}
