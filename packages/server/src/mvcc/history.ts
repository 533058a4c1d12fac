/** Events of the past, read from the records in the order they were made, for watchers that catch up. */
import { KeyValue } from "@etcd-ts/proto";
import { type Backend, type BackendEntry, buckets, isCutSlice } from "../ports/index.ts";
import type { Records } from "./records.ts";
import { decodeRevisionKey, encodeRevisionKey, type RevisionKey } from "./revision-key.ts";
import { eventTypes, type RevisionEvents, type StoredEvent } from "./stored-event.ts";

/** What history is read from. */
export interface HistorySource {
  readonly backend: Backend;
  readonly records: Records;
}

/** A stretch of history, both ends included. */
export interface HistoryRange {
  readonly fromRevision: number;
  readonly toRevision: number;
  /** Roughly how many events to read. */
  readonly limit: number;
}

/** What is read at once of large values; below it the number of events decides. */
const BYTES_MAX = 1024 * 1024;

/**
 * Whole revisions, oldest first and without a gap: about `limit` events, fewer large ones, but at least one revision if there
 * is one. The arrays may be kept and never change.
 */
export function readHistory(source: HistorySource, range: HistoryRange): RevisionEvents[] {
  const end = encodeRevisionKey({ main: range.toRevision + 1, sub: 0, tombstone: false });
  const found: { revision: number; events: StoredEvent[] }[] = [];
  let next: RevisionKey = { main: range.fromRevision, sub: 0, tombstone: false };
  for (let limit = Math.max(1, range.limit); ; limit *= 2) {
    const range = { start: encodeRevisionKey(next), end, limit, bytesMax: BYTES_MAX };
    const entries = source.backend.slice(buckets.key, range);
    for (const entry of entries) next = appendEvent(found, entry, source.records);
    if (!isCutSlice(entries, range)) return found;
    // The last revision may go on behind the slice: leave it for the next time, unless it is the only one.
    if (found.length > 1) {
      found.pop();
      return found;
    }
  }
}

/** Adds the event of an entry; answers where the entries behind it begin. */
function appendEvent(found: { revision: number; events: StoredEvent[] }[], entry: BackendEntry, records: Records) {
  const { main, sub, tombstone } = decodeRevisionKey(entry.key);
  let last = found[found.length - 1];
  if (last?.revision !== main) {
    last = { revision: main, events: [] };
    found.push(last);
  }
  last.events.push(tombstone ? deleteEvent(entry, main, records) : putEvent(entry));
  return { main, sub: sub + 1, tombstone: false };
}

function putEvent({ value }: BackendEntry): StoredEvent {
  const { key, modRevision, createRevision, version } = KeyValue.decode(value);
  return { type: eventTypes.put, key, kvRaw: value, modRevision, createRevision, version };
}

function deleteEvent({ value }: BackendEntry, modRevision: number, records: Records): StoredEvent {
  const { key } = KeyValue.decode(value);
  const kvRaw = records.deletionOf(key, modRevision);
  return { type: eventTypes.delete, key, kvRaw, modRevision, createRevision: 0, version: 0 };
}
