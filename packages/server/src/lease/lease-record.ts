/**
 * A lease as it is kept in the store, in etcd's own form: key, the id in 8 bytes, big endian; value, a leasepb.Lease.
 * Source: etcd's lease/leasepb/lease.proto and the bucket `lease`.
 */
import { leasepb } from "@etcd-ts/proto";

/** The three durable fields of a lease. */
export interface LeaseRecord {
  readonly id: bigint;
  /** Granted time to live in seconds. */
  readonly ttl: number;
  /** Seconds left at the last checkpoint, 0 without one. */
  readonly remainingTtl: number;
}

/** The store key of a lease. */
export function leaseKey(id: bigint): Uint8Array {
  const key = new Uint8Array(8);
  new DataView(key.buffer).setBigInt64(0, id);
  return key;
}

/** The store value of a lease. */
export function encodeLeaseRecord({ id, ttl, remainingTtl }: LeaseRecord): Uint8Array {
  return leasepb.Lease.encode({ id, ttl, remainingTtl });
}

/** Reads a store value. Throws proto's `DecodeError` when it is not a lease record. */
export function decodeLeaseRecord(bytes: Uint8Array): LeaseRecord {
  const { id, ttl, remainingTtl } = leasepb.Lease.decode(bytes);
  return { id, ttl, remainingTtl };
}
