/**
 * Events: what a change looks like to those who watch. Made once when the change is applied, or again from the stored
 * record when a watcher catches up.
 */

/** Kind of an event, by mvccpb's numbers. */
export const eventTypes = { put: 0, delete: 1 } as const;
/** One of `eventTypes`. */
export type EventType = (typeof eventTypes)[keyof typeof eventTypes];

/** One change of one key. Its bytes never change, for watchers keep `kvRaw` while they wait; `key` is a view, to be copied when kept for long. */
export interface StoredEvent {
  readonly type: EventType;
  readonly key: Uint8Array;
  /** Encoded mvccpb.KeyValue; of a deletion only key and mod revision. */
  readonly kvRaw: Uint8Array;
  readonly modRevision: number;
  /** 0 for a deletion. */
  readonly createRevision: number;
  /** 0 for a deletion. */
  readonly version: number;
}

/** All events of one revision, in the order of the operations; never empty. */
export interface RevisionEvents {
  readonly revision: number;
  readonly events: readonly StoredEvent[];
}
