/**
 * What watching needs from the store: the current revision, and events of the past. The multi-version store implements it.
 *
 * A revision is watchable from the compacted one on, that one included: an event at exactly the compacted revision, a
 * deletion too, must still be in the history (etcd-io/etcd#18089, #19179).
 */

import type { RevisionEvents } from "../stored-event.ts";

/** The past, as the store still has it. */
export interface WatchHistory {
  readonly currentRevision: number;
  /** Revisions below it are gone; 0 or below before the first compaction. */
  readonly compactRevision: number;
  /**
   * Whole revisions from `fromRevision` to `toRevision`, both included, oldest first and without a gap. Roughly `limit`
   * events, and fewer at will, but at least one revision if there is one; an empty answer means there is none.
   * `fromRevision` is not below the compacted revision, `toRevision` not above the current one.
   */
  history(fromRevision: number, toRevision: number, limit: number): readonly RevisionEvents[];
  /**
   * Encoded mvccpb.KeyValue of a key as it was at `modRevision - 1`; `undefined` when there was none, or that revision is
   * compacted.
   */
  prevKv(key: Uint8Array, modRevision: number): Uint8Array | undefined;
}
