/**
 * Hash: a CRC32C over every bucket of the live store, the place in the log left out. It is a figure of this member's own:
 * unlike HashKV it depends on how far compaction has come, and on what the store keeps besides keys.
 */
import { crc32c } from "@node-rs/crc32";
import { successor } from "../lib/bytes.ts";
import { type Backend, type Bucket, buckets, type Clock } from "../ports/index.ts";

const SLICE_ENTRIES = 500;

/** Hashes in slices; what is written meanwhile may or may not be part of it. */
export async function hashStore({ backend, clock }: { backend: Backend; clock: Clock }): Promise<number> {
  let hash = 0;
  for (const bucket of Object.values(buckets)) {
    if (bucket === buckets.meta) continue;
    hash = crc32c(bucket, hash);
    hash = await hashBucket({ backend, clock }, bucket, hash);
  }
  return hash;
}

async function hashBucket({ backend, clock }: { backend: Backend; clock: Clock }, bucket: Bucket, before: number) {
  let hash = before;
  for (let start: Uint8Array = new Uint8Array(0); ; ) {
    const entries = backend.slice(bucket, { start, limit: SLICE_ENTRIES });
    for (const { key, value } of entries) hash = crc32c(value, crc32c(key, hash));
    if (entries.length < SLICE_ENTRIES) return hash;
    start = successor(entries[entries.length - 1]!.key);
    await new Promise<void>((resolve) => clock.endOfTurn(resolve));
  }
}
