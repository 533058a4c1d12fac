/**
 * Reading a value out of LMDB: lmdb's fast read leaves the value in one buffer that the next read overwrites, so what is
 * kept is copied. Small values are copied into shared slabs, one allocation for a dozen; large ones get their own.
 * The slabs are small because one value that somebody keeps keeps its whole slab.
 */
import type { Database, Transaction } from "lmdb";
import type { BackendEntry, SliceRange } from "../ports/index.ts";

const SLAB_BYTES = 4 * 1024;
const SLAB_VALUE_BYTES_MAX = 1024;

let slab = new Uint8Array(SLAB_BYTES);
let slabUsed = 0;

/** The value of a key as an array of its own. */
export function copyOut(database: Database<Uint8Array, Uint8Array>, key: Uint8Array): Uint8Array | undefined {
  const value = lookAt(database, key);
  if (value === undefined) return undefined;
  const length = value.length;
  if (length > SLAB_VALUE_BYTES_MAX) return value.slice();
  if (slabUsed + length > SLAB_BYTES) {
    slab = new Uint8Array(SLAB_BYTES);
    slabUsed = 0;
  }
  const copy = slab.subarray(slabUsed, slabUsed + length);
  copy.set(value);
  slabUsed += length;
  return copy;
}

/** The value of a key where the next reading overwrites it. */
export function lookAt(database: Database<Uint8Array, Uint8Array>, key: Uint8Array): Uint8Array | undefined {
  const fast = database.getBinaryFast(key);
  // The fast buffer's own `length` is the value's, its real extent is larger: take a view of the right size.
  return fast && plain(fast);
}

/** The committed entries of a part of a database, copied; as a read transaction sees them if there is one. */
export function sliceOf(
  database: Database<Uint8Array, Uint8Array>,
  { start, end, limit, bytesMax }: SliceRange,
  transaction?: Transaction,
): BackendEntry[] {
  const range = database.getRange({
    limit,
    ...(start.length === 0 ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    ...(transaction === undefined ? {} : { transaction }),
  });
  const entries: BackendEntry[] = [];
  let bytesLeft = bytesMax ?? Number.POSITIVE_INFINITY;
  for (const entry of range) {
    entries.push(plainEntry(entry));
    bytesLeft -= entry.value.length;
    if (bytesLeft <= 0) break;
  }
  return entries;
}

/** An entry as a range gives it, without Node's `Buffer`. */
function plainEntry(entry: BackendEntry): BackendEntry {
  return { key: plain(entry.key), value: plain(entry.value) };
}

/** Node's `Buffer` behaves differently from `Uint8Array` in places; only the latter leaves this folder. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
