/**
 * HashKV: a CRC32C over the name of bucket "key" and every record up to a revision, by which members compare their stores.
 * Equal to etcd's for the same changes and the same compacted revision, however far the background compaction has come:
 * of the records up to the compacted revision those count that a reader at the hashed revision sees, tombstones never. When such
 * a reader sees no key at all, etcd hashes what the compaction leaves, which is what a reader at the compacted revision sees.
 */

import { KeyValue } from "@etcd-ts/proto";
import { crc32c } from "@node-rs/crc32";
import { successor } from "../lib/bytes.ts";
import { type Backend, type BackendEntry, buckets, type Clock, isCutSlice } from "../ports/index.ts";
import { type Failure, failure } from "./failure.ts";
import type { KeyIndex } from "./index/key-index.ts";
import type { StoreMetrics } from "./metrics.ts";
import type { Pins } from "./pins.ts";
import { decodeRevisionKey, encodeRevisionKey } from "./revision-key.ts";

/** What is hashed. */
export interface HashParts {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly index: KeyIndex;
  readonly pins: Pins;
  readonly metrics: StoreMetrics;
}

/** The hash and the revisions it belongs to. */
export interface HashKv {
  readonly hash: number;
  readonly hashRevision: number;
  /** The store's revision when the hash was begun. */
  readonly currentRevision: number;
  /** What the answer carries: -1 before the first compaction, as etcd has it. */
  readonly compactRevision: number;
}

const SLICE_ENTRIES = 500;
const SLICE_BYTES = 256 * 1024;
const SLICE_KEYS = 5_000;

/** Hashes in slices; `revision` 0 is the current one. */
export async function hashKv(
  parts: HashParts,
  revisions: { revision: number; current: number; compacted: number },
): Promise<HashKv | Failure> {
  const { current, compacted } = revisions;
  if (revisions.revision > 0 && revisions.revision <= compacted) return failure("compacted");
  if (revisions.revision > current) return failure("futureRevision");
  const revision = revisions.revision > 0 ? revisions.revision : current;
  const startMs = parts.clock.nowMs();
  // Any later compaction waits, of an earlier revision than the hashed one too: it would take records out of the hash.
  const unpin = parts.pins.pin(compacted);
  try {
    const seenAt = (await anyVisible(parts, revision)) ? revision : compacted;
    const hash = await hashRecords(parts, { revision, compacted, seenAt });
    parts.metrics.hashRevSeconds.observe((parts.clock.nowMs() - startMs) / 1000);
    const compactRevision = compacted === 0 ? -1 : compacted;
    return { hash, hashRevision: revision, currentRevision: current, compactRevision };
  } finally {
    unpin();
  }
}

interface HashRange {
  readonly revision: number;
  readonly compacted: number;
  /** Of the records up to the compacted revision, those count that are visible here. */
  readonly seenAt: number;
}

async function hashRecords(parts: HashParts, range: HashRange): Promise<number> {
  const end = encodeRevisionKey({ main: range.revision + 1, sub: 0, tombstone: false });
  let hash = crc32c(buckets.key);
  for (let start: Uint8Array = new Uint8Array(0); ; ) {
    const slice = { start, end, limit: SLICE_ENTRIES, bytesMax: SLICE_BYTES };
    const entries = parts.backend.slice(buckets.key, slice);
    for (const entry of entries) {
      if (counts(parts.index, entry, range)) hash = crc32c(entry.value, crc32c(entry.key, hash));
    }
    if (!isCutSlice(entries, slice)) return hash;
    start = successor(entries[entries.length - 1]!.key);
    await new Promise<void>((resolve) => parts.clock.endOfTurn(resolve));
  }
}

/** Whether an entry belongs to the hash, wherever a compaction stands. */
function counts(index: KeyIndex, entry: BackendEntry, { compacted, seenAt }: HashRange): boolean {
  const { main, sub, tombstone } = decodeRevisionKey(entry.key);
  if (main > compacted) return true;
  if (tombstone) return false;
  const visible = index.get(KeyValue.decode(entry.value).key, seenAt);
  return visible !== undefined && visible.main === main && visible.sub === sub;
}

/** Whether any key is there at a revision; looks through the dead ones in slices. */
async function anyVisible({ index, clock }: HashParts, revision: number): Promise<boolean> {
  let any = false;
  const found = () => {
    any = true;
    return false;
  };
  for (let start: Uint8Array = new Uint8Array(0); ; ) {
    const next = index.scan({ start }, { revision, keysMax: SLICE_KEYS }, found);
    if (any || next === undefined) return any;
    start = next;
    await new Promise<void>((resolve) => clock.endOfTurn(resolve));
  }
}
