/**
 * Hash: a CRC32C over the whole live store as of one commit: the name of every bucket in the order of the names, and behind it
 * its keys and values in order, but for the place in the log, which moves with every entry. As in etcd it depends on how far
 * compaction has come, and what the store keeps besides keys is part of it: leases, users and roles, members, alarms, the v2 tree.
 */
import { crc32c } from "@node-rs/crc32";
import { compareBytes, successor } from "../lib/bytes.ts";
import { type Backend, type BackendEntry, type BackendView, type Bucket, buckets, type Clock } from "../ports/index.ts";
import { placeInLog } from "./meta-bucket.ts";

/** Together below a millisecond; see the budget of the event loop in README.md. */
const SLICE_ENTRIES = 500;
const SLICE_BYTES = 256 * 1024;

/** Commits what is staged and hashes what the store holds then, in slices; what is written meanwhile is no part of it. */
export async function hashStore({ backend, clock }: { backend: Backend; clock: Clock }): Promise<number> {
  await backend.commit();
  const view = backend.view();
  try {
    let hash = 0;
    for (const bucket of Object.values(buckets).sort()) {
      hash = crc32c(bucket, hash);
      for (const entries of slicesOf(view, bucket)) {
        for (const entry of entries)
          if (!isPlaceInLog(bucket, entry)) hash = crc32c(entry.value, crc32c(entry.key, hash));
        await new Promise<void>((resolve) => clock.endOfTurn(resolve));
      }
    }
    return hash;
  } finally {
    view.close();
  }
}

function* slicesOf(view: BackendView, bucket: Bucket): Generator<BackendEntry[]> {
  for (let start: Uint8Array = new Uint8Array(0); ; ) {
    const entries = view.slice(bucket, { start, limit: SLICE_ENTRIES, bytesMax: SLICE_BYTES });
    if (entries.length === 0) return;
    yield entries;
    start = successor(entries[entries.length - 1]!.key);
  }
}

function isPlaceInLog(bucket: Bucket, { key }: BackendEntry): boolean {
  return bucket === buckets.meta && placeInLog.some((name) => compareBytes(name, key) === 0);
}
