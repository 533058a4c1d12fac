/** Reads the lease bucket of a store, page by page. */
import { equalBytes, successor } from "../lib/bytes.ts";
import { type Backend, type BackendEntry, buckets } from "../ports/index.ts";
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
    start = successor(last.key);
  }
}

function readRecord({ key, value }: BackendEntry): LeaseRecord {
  const record = decodeOrFail(key, value);
  const expected = leaseKey(record.id);
  if (!equalBytes(expected, key)) throw corrupt(key, { found: `the record of lease ${record.id}` });
  return record;
}

function decodeOrFail(key: Uint8Array, value: Uint8Array): LeaseRecord {
  try {
    return decodeLeaseRecord(value);
  } catch (cause) {
    throw corrupt(key, { found: "bytes that are no leasepb.Lease", cause });
  }
}

function corrupt(key: Uint8Array, { found, cause }: { found: string; cause?: unknown }): LeaseCorruptError {
  return new LeaseCorruptError(`bucket lease, key [${key.join(" ")}]: expected that lease's record, found ${found}`, {
    cause,
  });
}
