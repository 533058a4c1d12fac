/** Reads the lease bucket of a store, page by page. */
import { type Backend, buckets } from "../ports/index.ts";
import { decodeLeaseRecord, type LeaseRecord, leaseKey } from "./lease-record.ts";

/** A lease record that cannot be read, or stands under another lease's key. */
export class LeaseCorruptError extends Error {
  override readonly name = "LeaseCorruptError";
}

const PAGE_ENTRIES = 10_000;

/** Every lease of the store, in key order. */
export function* loadLeases(backend: Backend): Generator<LeaseRecord> {
  let start: Uint8Array = new Uint8Array(0);
  for (;;) {
    const page = backend.slice(buckets.lease, { start, limit: PAGE_ENTRIES });
    for (const entry of page) yield readRecord(entry);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ENTRIES) return;
    start = Uint8Array.of(...last.key, 0);
  }
}

function readRecord({ key, value }: { key: Uint8Array; value: Uint8Array }): LeaseRecord {
  const record = decodeLeaseRecord(value);
  const expected = record && leaseKey(record.id);
  if (expected === undefined || expected.length !== key.length || expected.some((byte, i) => byte !== key[i])) {
    throw new LeaseCorruptError(`lease bucket: key [${key.join(" ")}] does not hold that lease's record`);
  }
  return record!;
}
