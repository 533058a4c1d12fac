/**
 * Rebuilds the key index from the records after a restart. Records come in the order of their revisions, so each is the
 * newest its key has had so far; a version whose forerunners are compacted brings its own create revision and version.
 */
import { KeyValue } from "@etcd-ts/proto";
import { successor } from "../lib/bytes.ts";
import { type Backend, type BackendEntry, buckets } from "../ports/index.ts";
import { type KeyIndex, tombstoneAt } from "./index/key-index.ts";
import { decodeRevisionKey } from "./revision-key.ts";

const SLICE_ENTRIES = 1000;

/** Fills an empty index; answers the highest revision stored, 0 when there is none. */
export function restoreIndex(backend: Backend, index: KeyIndex): number {
  let start: Uint8Array = new Uint8Array(0);
  let highest = 0;
  for (;;) {
    const entries = backend.slice(buckets.key, { start, limit: SLICE_ENTRIES });
    for (const entry of entries) highest = restoreEntry(index, entry);
    if (entries.length < SLICE_ENTRIES) return highest;
    start = successor(entries[entries.length - 1]!.key);
  }
}

function restoreEntry(index: KeyIndex, entry: BackendEntry): number {
  const { main, sub, tombstone } = decodeRevisionKey(entry.key);
  const { key, createRevision, version, lease } = KeyValue.decode(entry.value);
  index.restore(
    key,
    tombstone
      ? tombstoneAt(main, sub)
      : { createRevision, modRevision: main, sub, version, dead: false, leased: lease !== 0n },
  );
  return main;
}
