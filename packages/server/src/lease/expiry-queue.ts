/**
 * The leader's clockwork over its leases: which have expired, and which need a checkpoint. Volatile; it starts empty
 * with every new leader.
 *
 * Renewing touches no queue: a lease is looked at under its old time and moved then. So a renewal costs a few
 * assignments, however many leases there are, and each lease is moved at most once per TTL. Work per call is bounded.
 */
import { DueQueue } from "./due-queue.ts";
import { type CheckpointItem, fullMs, type Lease } from "./lease.ts";

/** A remaining time to live to be written into the log; 0 withdraws the last checkpoint. */
export interface DueCheckpoint {
  readonly id: bigint;
  /** Seconds. */
  readonly remainingTtl: number;
}

/** An expired lease whose revocation did not come through the log is offered again after this long. */
const OFFER_AGAIN_MS = 3000;
/** Most leases looked at in one call: bounds the time it takes, not what is revoked in the end. */
const VISITS_MAX = 20_000;

/** Expiry and checkpoint queues of one leader. */
export class ExpiryQueue {
  readonly #expiries = new DueQueue<Lease>();
  readonly #checkpoints = new DueQueue<CheckpointItem>();
  /** Leases renewed while a checkpoint still shortens them elsewhere. */
  readonly #withdrawals = new Set<bigint>();
  readonly #checkpointIntervalMs: number;

  /** `checkpointIntervalMs` 0: no checkpoints. */
  constructor(checkpointIntervalMs: number) {
    this.#checkpointIntervalMs = checkpointIntervalMs;
  }

  /** Starts counting a lease down; its `expiryMs` is set. */
  add(lease: Lease, nowMs: number): void {
    this.#expiries.add(lease, lease.expiryMs);
    if (this.#checkpointIntervalMs === 0 || lease.ttl * 1000 <= this.#checkpointIntervalMs) return;
    lease.checkpoint = { dueMs: 0, dueIndex: -1, lease };
    this.#checkpoints.add(lease.checkpoint, nowMs + this.#checkpointIntervalMs);
  }

  /** Stops counting a lease down. */
  remove(lease: Lease): void {
    this.#expiries.remove(lease);
    if (lease.checkpoint !== undefined) this.#checkpoints.remove(lease.checkpoint);
    lease.checkpoint = undefined;
    this.#withdrawals.delete(lease.id);
  }

  /** Starts a live lease again at its full TTL. */
  renew(lease: Lease, nowMs: number): void {
    lease.expiryMs = nowMs + lease.ttl * 1000;
    if (lease.remainingTtl > 0) this.#withdrawals.add(lease.id);
  }

  /** Ids of expired leases, soonest first; each comes again only after a pause. */
  expired(nowMs: number, limit: number): bigint[] {
    const ids: bigint[] = [];
    for (let visits = 0; ids.length < limit && visits < VISITS_MAX; visits++) {
      const lease = this.#expiries.peek();
      if (lease === undefined || lease.dueMs > nowMs) break;
      if (lease.expiryMs > nowMs) {
        this.#expiries.move(lease, lease.expiryMs);
        continue;
      }
      lease.offered = true;
      ids.push(lease.id);
      this.#expiries.move(lease, nowMs + OFFER_AGAIN_MS);
    }
    return ids;
  }

  /** Checkpoints to be written: first withdrawals, then leases that have run down since the last look. */
  dueCheckpoints(nowMs: number, limit: number): DueCheckpoint[] {
    const due = this.#takeWithdrawals(limit);
    for (let visits = 0; due.length < limit && visits < VISITS_MAX; visits++) {
      const item = this.#checkpoints.peek();
      if (item === undefined || item.dueMs > nowMs) break;
      this.#checkpoints.move(item, nowMs + this.#checkpointIntervalMs);
      const remainingMs = item.lease.expiryMs - nowMs;
      if (remainingMs <= 0 || remainingMs >= fullMs(item.lease)) continue;
      due.push({ id: item.lease.id, remainingTtl: Math.ceil(remainingMs / 1000) });
    }
    return due;
  }

  /** Forgets everything. */
  clear(): void {
    this.#expiries.clear();
    this.#checkpoints.clear();
    this.#withdrawals.clear();
  }

  #takeWithdrawals(limit: number): DueCheckpoint[] {
    const due: DueCheckpoint[] = [];
    for (const id of this.#withdrawals) {
      if (due.length >= limit) break;
      this.#withdrawals.delete(id);
      due.push({ id, remainingTtl: 0 });
    }
    return due;
  }
}
