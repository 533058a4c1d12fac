/**
 * A history for tests: every change in one list, everything found by search. It writes events itself, compacts, and can
 * stand in for the store behind a hub. `sliceEvents` below the asked limit shows that callers take short answers.
 */
import { KeyValue } from "@etcd-ts/proto";
import { type EventType, eventTypes, type RevisionEvents, type StoredEvent } from "../../stored-event.ts";
import type { WatchHistory } from "../watch-history.ts";

/** One change to be written. */
export interface Change {
  readonly type: EventType;
  readonly key: string;
  readonly value?: string;
}

/** A list of revisions. */
export class NaiveHistory implements WatchHistory {
  readonly revisions: RevisionEvents[] = [];
  readonly #sliceEvents: number;
  currentRevision = 1;
  compactRevision = 0;
  /** Calls of `history`, to see how often the past was read. */
  reads = 0;

  constructor({ sliceEvents = Number.POSITIVE_INFINITY }: { sliceEvents?: number } = {}) {
    this.#sliceEvents = sliceEvents;
  }

  /** Writes changes at one revision; deletions of missing keys are left out, and may leave nothing. */
  write(changes: readonly Change[]): RevisionEvents | undefined {
    const revision = this.currentRevision + 1;
    const events: StoredEvent[] = [];
    for (const change of changes) {
      const event = this.#eventOf(change, revision);
      if (event !== undefined) events.push(event);
    }
    if (events.length === 0) return undefined;
    const written = { revision, events };
    this.revisions.push(written);
    this.currentRevision = revision;
    return written;
  }

  /** Forgets what is below a revision. */
  compact(revision: number): void {
    this.compactRevision = Math.max(this.compactRevision, revision);
  }

  history(fromRevision: number, toRevision: number, limit: number): RevisionEvents[] {
    if (fromRevision < this.compactRevision) throw new Error("read below the compacted revision");
    if (toRevision > this.currentRevision) throw new Error("read of the future");
    this.reads++;
    const slice: RevisionEvents[] = [];
    let count = 0;
    for (const each of this.revisions.slice(Math.max(0, fromRevision - 2))) {
      if (each.revision < fromRevision || each.revision > toRevision) continue;
      if (count >= Math.min(limit, this.#sliceEvents)) break;
      slice.push(each);
      count += each.events.length;
    }
    return slice;
  }

  prevKv(key: Uint8Array, modRevision: number): Uint8Array | undefined {
    if (modRevision - 1 < this.compactRevision) return undefined;
    const before = this.#last(new TextDecoder().decode(key), modRevision);
    return before?.type === eventTypes.put ? before.kvRaw : undefined;
  }

  #eventOf({ type, key, value = "" }: Change, revision: number): StoredEvent | undefined {
    const before = this.#last(key, revision);
    const live = before?.type === eventTypes.put ? before : undefined;
    const bytes = new TextEncoder().encode(key);
    if (type === eventTypes.delete) {
      if (live === undefined) return undefined;
      const kvRaw = KeyValue.encode(KeyValue.create({ key: bytes, modRevision: revision }));
      return { type, key: bytes, kvRaw, modRevision: revision, createRevision: 0, version: 0 };
    }
    const createRevision = live?.createRevision ?? revision;
    const version = (live?.version ?? 0) + 1;
    const fields = { key: bytes, modRevision: revision, createRevision, version };
    return {
      type,
      ...fields,
      kvRaw: KeyValue.encode(KeyValue.create({ ...fields, value: new TextEncoder().encode(value) })),
    };
  }

  #last(key: string, belowRevision: number): StoredEvent | undefined {
    for (const { revision, events } of this.revisions.toReversed()) {
      if (revision >= belowRevision) continue;
      const found = events.find((event) => new TextDecoder().decode(event.key) === key);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
