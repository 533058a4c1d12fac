/**
 * One lease in memory. Replicated: id, ttl, remainingTtl. Volatile, meaningful on the leader only: expiryMs, offered,
 * and the places in the two queues.
 */
import type { DueItem } from "./due-queue.ts";

/** A lease, queued by the time its expiry is looked at next, which is never later than its expiry while it is live. */
export interface Lease extends DueItem {
  readonly id: bigint;
  /** Granted time to live in seconds. */
  readonly ttl: number;
  /** Seconds left at the last checkpoint, 0 without one. */
  remainingTtl: number;
  /** When it runs out, in the leader's monotonic milliseconds; `Infinity` on every other member. */
  expiryMs: number;
  /** Its revocation was handed out: it has expired and must not be renewed any more. */
  offered: boolean;
  /** Its place in the queue of checkpoints, when it lives long enough to need them. */
  checkpoint: CheckpointItem | undefined;
}

/** A lease's place in the queue of checkpoints. */
export interface CheckpointItem extends DueItem {
  readonly lease: Lease;
}

/** A lease as it was granted or loaded, before any leader gave it a time to run out. */
export function createLease(id: bigint, { ttl, remainingTtl }: { ttl: number; remainingTtl: number }): Lease {
  return {
    dueMs: 0,
    dueIndex: -1,
    id,
    ttl,
    remainingTtl,
    expiryMs: Number.POSITIVE_INFINITY,
    offered: false,
    checkpoint: undefined,
  };
}

/** What is left of a lease when no leader has counted it down: its last checkpoint, or all of it. */
export function fullMs(lease: Lease): number {
  return (lease.remainingTtl > 0 ? lease.remainingTtl : lease.ttl) * 1000;
}
