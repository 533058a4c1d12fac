/**
 * A lease as it is kept in the store, in etcd's own form: key, the id in 8 bytes, big endian; value, leasepb.Lease:
 *
 *   1 ID int64 | 2 TTL int64, seconds | 3 RemainingTTL int64, seconds, 0 when there is no checkpoint
 *
 * Fields at zero are left out, as everywhere in proto3. Source: etcd's lease/leasepb/lease.proto.
 */
import { assert } from "../lib/assert.ts";

/** The three durable fields of a lease. */
export interface LeaseRecord {
  readonly id: bigint;
  /** Granted time to live in seconds. */
  readonly ttl: number;
  /** Seconds left at the last checkpoint, 0 without one. */
  readonly remainingTtl: number;
}

const FIELD_ID = 1;
const FIELD_TTL = 2;
const FIELD_REMAINING = 3;
/** Three fields of a tag byte and at most ten bytes. */
const RECORD_BYTES_MAX = 33;

/** The store key of a lease. */
export function leaseKey(id: bigint): Uint8Array {
  const key = new Uint8Array(8);
  new DataView(key.buffer).setBigInt64(0, id);
  return key;
}

/** The store value of a lease. */
export function encodeLeaseRecord(record: LeaseRecord): Uint8Array {
  const bytes = new Uint8Array(RECORD_BYTES_MAX);
  let at = writeField(bytes, { at: 0, field: FIELD_ID, value: record.id });
  at = writeField(bytes, { at, field: FIELD_TTL, value: BigInt(record.ttl) });
  at = writeField(bytes, { at, field: FIELD_REMAINING, value: BigInt(record.remainingTtl) });
  return bytes.slice(0, at);
}

/** Reads a store value; `undefined` when it is not a lease record. Unknown numeric fields are skipped. */
export function decodeLeaseRecord(bytes: Uint8Array): LeaseRecord | undefined {
  const fields = [0n, 0n, 0n, 0n];
  for (let at = 0; at < bytes.length; ) {
    const tag = readVarint(bytes, at);
    const value = tag && readVarint(bytes, tag.next);
    if (value === undefined || (tag!.value & 7n) !== 0n) return undefined;
    const field = Number(tag!.value >> 3n);
    if (field < fields.length) fields[field] = BigInt.asIntN(64, value.value);
    at = value.next;
  }
  return { id: fields[FIELD_ID]!, ttl: Number(fields[FIELD_TTL]), remainingTtl: Number(fields[FIELD_REMAINING]) };
}

function writeField(bytes: Uint8Array, { at, field, value }: { at: number; field: number; value: bigint }): number {
  if (value === 0n) return at;
  let next = at;
  bytes[next++] = field << 3;
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes[next++] = Number(rest & 127n) | 128;
  bytes[next++] = Number(rest);
  assert(next <= RECORD_BYTES_MAX, "a lease record is longer than its longest form");
  return next;
}

function readVarint(bytes: Uint8Array, at: number): { value: bigint; next: number } | undefined {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    value |= BigInt(byte & 127) << BigInt(7 * i);
    if (byte < 128) return { value: BigInt.asUintN(64, value), next: at + i + 1 };
  }
  return undefined;
}
