/**
 * Rebuilds the key index from the records after a restart. Records come in the order of their revisions, so each is the
 * newest its key has had so far; a version whose forerunners are compacted brings its own create revision and version.
 *
 * They are collected and put into the index in the order of their keys, a batch at a time: in the order of revisions every
 * key would be looked for in another corner of the tree.
 */
import { KeyValue } from "@etcd-ts/proto";
import { type Backend, buckets } from "../ports/index.ts";
import { type KeyIndex, tombstoneAt } from "./index/key-index.ts";
import { RestoreBatch } from "./index/restore-batch.ts";
import { decodeRevisionKey } from "./revision-key.ts";

/** Fills an empty index; answers the highest revision stored, 0 when there is none. */
export function restoreIndex(backend: Backend, index: KeyIndex): number {
  const batch = new RestoreBatch();
  let highest = 0;
  backend.scan(buckets.key, (revisionKey, value) => {
    const { main, sub, tombstone } = decodeRevisionKey(revisionKey);
    const { key, createRevision, version, lease } = KeyValue.decode(value);
    const state = { createRevision, modRevision: main, sub, version, dead: false, leased: lease !== 0n };
    batch.add(key, tombstone ? tombstoneAt(main, sub) : state);
    if (batch.full) index.restore(batch);
    highest = main;
  });
  index.restore(batch);
  return highest;
}
