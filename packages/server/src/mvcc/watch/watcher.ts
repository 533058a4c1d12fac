/**
 * One watch of one stream. Plain state; the stream, the hub and the catch-up change it.
 *
 * A watcher is in one of three states. Synced: the hub hands it every new event. Lagging: it has missed events, and reads
 * them from the history. Ended: its past was compacted; only the id is still taken.
 *
 * Invariant: everything of its range before `position` was delivered or is older than its start; everything from
 * `position` on was not delivered, except that a synced watcher's position may stand behind what it got.
 */

import { type EventType, eventTypes } from "../stored-event.ts";
import type { HubStream } from "./hub-stream.ts";
import type { KeyRange } from "./key-range.ts";
import type { SharedEvent } from "./shared-event.ts";

/** What a watcher is doing. */
export const watcherStates = { synced: "synced", lagging: "lagging", ended: "ended" } as const;
/** One of `watcherStates`. */
export type WatcherState = (typeof watcherStates)[keyof typeof watcherStates];

/** How a watcher was asked for. */
export interface WatcherOptions {
  readonly stream: HubStream;
  readonly id: number;
  readonly range: KeyRange;
  /** First revision it wants. */
  readonly position: number;
  readonly noPut: boolean;
  readonly noDelete: boolean;
  readonly prevKv: boolean;
  readonly fragment: boolean;
  readonly progressNotify: boolean;
}

/** A watch. */
export class Watcher {
  readonly stream: HubStream;
  readonly id: number;
  /** Field `watch_id` of its answers, encoded. */
  readonly idField: Uint8Array;
  readonly range: KeyRange;
  readonly noPut: boolean;
  readonly noDelete: boolean;
  readonly prevKv: boolean;
  readonly fragment: boolean;
  readonly progressNotify: boolean;
  state: WatcherState = watcherStates.synced;
  position: number;
  /** Events that wait for the stream, oldest first. */
  pending: SharedEvent[] = [];
  /** It stands in its stream's queue. */
  queued = false;
  /** It got an event since the last periodic progress. */
  busy = false;

  constructor(options: WatcherOptions) {
    this.stream = options.stream;
    this.id = options.id;
    this.idField = encodeIdField(options.id);
    this.range = options.range;
    this.position = options.position;
    this.noPut = options.noPut;
    this.noDelete = options.noDelete;
    this.prevKv = options.prevKv;
    this.fragment = options.fragment;
    this.progressNotify = options.progressNotify;
  }

  /** Whether it wants an event of this revision and type in its range. */
  wants(revision: number, type: EventType): boolean {
    return revision >= this.position && !(type === eventTypes.put ? this.noPut : this.noDelete);
  }
}

const TAG_WATCH_ID = 0x10;

function encodeIdField(id: number): Uint8Array {
  if (id === 0) return new Uint8Array(0);
  const bytes = [TAG_WATCH_ID];
  let rest = BigInt.asUintN(64, BigInt(id));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
