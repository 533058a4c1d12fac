/**
 * The leases of one member.
 *
 * Replicated, applied from log entries, free of time: grant, revoke, attach, detach, checkpoint. What they change is
 * staged in the store together with everything else the entry changes. Volatile, on the leader only: when each lease
 * runs out. Expiry never revokes by itself; it names leases, and their revocation goes through the log.
 *
 * Invariants: a TTL is a lower bound, under renewal, restart and change of leader; an expired lease is never renewed
 * (etcd-io/etcd#14758, #20615), so no client holds a renewal for a lease whose revocation is under way.
 */
import { assert } from "../lib/assert.ts";
import { keyBytes, keyString } from "../lib/key-string.ts";
import { type Backend, buckets, type Clock, type Logger, type Metrics } from "../ports/index.ts";
import { type DueCheckpoint, ExpiryQueue } from "./expiry-queue.ts";
import { HeldKeys } from "./held-keys.ts";
import { createLease, fullMs, type Lease } from "./lease.ts";
import { createLeaseMetrics, type LeaseMetrics } from "./lease-metrics.ts";
import { encodeLeaseRecord, leaseKey } from "./lease-record.ts";
import { loadLeases } from "./load-leases.ts";
import { LEASE_TTL_MAX } from "./min-ttl.ts";
import { spreadExpiries } from "./spread-expiries.ts";

/** What became of a grant; `ttl` is the granted one, raised to the least if it was shorter. */
export type GrantOutcome =
  | { readonly outcome: "granted"; readonly ttl: number }
  | { readonly outcome: "leaseExists" | "leaseTtlTooLarge" | "leaseNotFound" };

/**
 * What became of a renewal. With `withdrawCheckpoint`, other members still hold a shorter remaining time: answer the
 * client only when a checkpoint of 0 was applied, or the lease may end early if the leader changes.
 */
export type KeepAliveOutcome =
  | { readonly outcome: "renewed"; readonly ttl: number; readonly withdrawCheckpoint: boolean }
  | { readonly outcome: "leaseNotFound" | "notLeader" };

/** Answer of `timeToLive`, in seconds. */
export interface LeaseTimeToLive {
  /** What is left, rounded down. */
  readonly ttl: number;
  readonly grantedTtl: number;
  /** Attached keys, sorted; empty unless asked for. */
  readonly keys: Uint8Array[];
}

/** Settings of a `Lessor`. */
export interface LessorOptions {
  /** Least TTL in seconds, see `minLeaseTtl`. */
  readonly minTtl: number;
  /** Time between checkpoints of a lease; 0 turns them off. Default 5 minutes. */
  readonly checkpointIntervalMs?: number;
  /** Most leases that run out in one second after a change of leader. Default 750. */
  readonly expiriesPerSecond?: number;
}

/** What a `Lessor` works with. */
export interface LessorParts {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly options: LessorOptions;
}

const CHECKPOINT_INTERVAL_MS = 5 * 60_000;
/** Three quarters of what the leader revokes in a second. */
const EXPIRIES_PER_SECOND = 750;
const REVOKES_PER_CALL = 500;
const CHECKPOINTS_PER_CALL = 500;

/** The lease table of a member. */
export class Lessor {
  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #options: LessorOptions;
  readonly #metrics: LeaseMetrics;
  readonly #leases = new Map<bigint, Lease>();
  #held = new HeldKeys();
  /** Empty unless leading. */
  readonly #queue: ExpiryQueue;
  #leading = false;

  private constructor(parts: LessorParts) {
    this.#backend = parts.backend;
    this.#clock = parts.clock;
    this.#options = parts.options;
    this.#metrics = createLeaseMetrics(parts.metrics);
    this.#queue = new ExpiryQueue(parts.options.checkpointIntervalMs ?? CHECKPOINT_INTERVAL_MS);
  }

  /**
   * Loads the leases of a store. Attachments are not stored: `attach` must follow for every live key with a lease.
   * Throws `LeaseCorruptError` for a record that cannot be read.
   */
  static open(parts: LessorParts): Lessor {
    const lessor = new Lessor(parts);
    lessor.#load();
    parts.log.info("restored leases", { "lease-count": lessor.#leases.size });
    return lessor;
  }

  /** Loads everything anew, after a snapshot has replaced the store; `attach` must follow as after `open`. */
  reload(): void {
    this.demote();
    this.#leases.clear();
    this.#held = new HeldKeys();
    this.#load();
  }

  #load(): void {
    for (const { id, ttl, remainingTtl } of loadLeases(this.#backend)) {
      this.#leases.set(id, createLease(id, { ttl: Math.max(ttl, this.#options.minTtl), remainingTtl }));
    }
  }

  /** Number of leases. */
  get size(): number {
    return this.#leases.size;
  }

  /** Whether there is such a lease. */
  exists(id: bigint): boolean {
    return this.#leases.has(id);
  }

  /** Makes a lease. `id` was chosen before the entry was proposed; 0 is no lease. */
  grant(id: bigint, ttl: number): GrantOutcome {
    if (id === 0n) return { outcome: "leaseNotFound" };
    if (ttl > LEASE_TTL_MAX) return { outcome: "leaseTtlTooLarge" };
    if (this.#leases.has(id)) return { outcome: "leaseExists" };
    assert(BigInt.asIntN(64, id) === id, "a lease id is a signed 64-bit integer");
    const lease = createLease(id, { ttl: Math.max(ttl, this.#options.minTtl), remainingTtl: 0 });
    this.#leases.set(id, lease);
    this.#store(lease);
    this.#metrics.granted.inc();
    this.#metrics.ttl.observe(lease.ttl);
    if (this.#leading) this.#countDown(lease);
    return { outcome: "granted", ttl: lease.ttl };
  }

  /**
   * Ends a lease; `undefined` when there is none. Returns the keys that hung on it, sorted and detached: the caller
   * deletes them, all in one revision.
   */
  revoke(id: bigint): Uint8Array[] | undefined {
    const lease = this.#leases.get(id);
    if (lease === undefined) return undefined;
    this.#leases.delete(id);
    this.#queue.remove(lease);
    this.#backend.delete(buckets.lease, leaseKey(id));
    this.#metrics.revoked.inc();
    if (lease.offered) this.#metrics.expired.inc();
    return this.#held.release(id).map(keyBytes);
  }

  /** Hangs a key on a lease, taking it from another; false when there is no such lease. */
  attach(id: bigint, key: Uint8Array): boolean {
    if (!this.#leases.has(id)) return false;
    this.#held.attach(id, keyString(key));
    return true;
  }

  /** Takes a key from the lease it hangs on, if any: after its deletion, or a put without lease. */
  detach(key: Uint8Array): void {
    this.#held.detach(keyString(key));
  }

  /** The lease a key hangs on. */
  leaseOf(key: Uint8Array): bigint | undefined {
    return this.#held.leaseOf(keyString(key));
  }

  /** The keys of a lease, sorted; empty for an unknown one. */
  keys(id: bigint): Uint8Array[] {
    return this.#held.sorted(id).map(keyBytes);
  }

  /** Ids of all leases, those that run out first in front; off the leader all count as equal. */
  leases(): bigint[] {
    const all = [...this.#leases.values()];
    if (this.#leading) all.sort((a, b) => a.expiryMs - b.expiryMs);
    return all.map((lease) => lease.id);
  }

  /** Notes what is left of a lease, for the next leader; 0 restores the full TTL. False when there is no such lease. */
  checkpoint(id: bigint, remainingTtl: number): boolean {
    const lease = this.#leases.get(id);
    if (lease === undefined) return false;
    lease.remainingTtl = Math.min(Math.max(remainingTtl, 0), lease.ttl);
    this.#store(lease);
    return true;
  }

  /** What is left of a lease; `undefined` for an unknown or, on the leader, expired one. */
  timeToLive(id: bigint, options: { keys?: boolean } = {}): LeaseTimeToLive | undefined {
    const lease = this.#leases.get(id);
    if (lease === undefined) return undefined;
    const leftMs = this.#leading ? lease.expiryMs - this.#clock.nowMs() : fullMs(lease);
    if (leftMs <= 0) return undefined;
    return { ttl: Math.floor(leftMs / 1000), grantedTtl: lease.ttl, keys: options.keys === true ? this.keys(id) : [] };
  }

  /**
   * Starts to count every lease down, from its last checkpoint or its full TTL, plus `extendMs` for the time in which
   * nobody could renew it. Called again while leading, it starts anew.
   */
  promote(extendMs: number): void {
    const nowMs = this.#clock.nowMs();
    this.demote();
    this.#leading = true;
    for (const lease of this.#leases.values()) lease.expiryMs = nowMs + extendMs + fullMs(lease);
    spreadExpiries(this.#leases.values(), this.#options.expiriesPerSecond ?? EXPIRIES_PER_SECOND);
    for (const lease of this.#leases.values()) this.#queue.add(lease, nowMs);
  }

  /** Stops counting: leadership is gone, or in doubt. */
  demote(): void {
    this.#leading = false;
    this.#queue.clear();
    for (const lease of this.#leases.values()) {
      lease.expiryMs = Number.POSITIVE_INFINITY;
      lease.offered = false;
      lease.checkpoint = undefined;
    }
  }

  /** Renews a lease for its full TTL. */
  keepAlive(id: bigint): KeepAliveOutcome {
    if (!this.#leading) return { outcome: "notLeader" };
    const lease = this.#leases.get(id);
    const nowMs = this.#clock.nowMs();
    if (lease === undefined || lease.offered || lease.expiryMs <= nowMs) return { outcome: "leaseNotFound" };
    this.#queue.renew(lease, nowMs);
    this.#metrics.renewed.inc();
    return { outcome: "renewed", ttl: lease.ttl, withdrawCheckpoint: lease.remainingTtl > 0 };
  }

  /** Ids of leases to be revoked through the log, on the leader; one that stays is named again after a pause. */
  expired(nowMs: number, limit: number = REVOKES_PER_CALL): bigint[] {
    return this.#leading ? this.#queue.expired(nowMs, limit) : [];
  }

  /** Checkpoints to be written through the log, on the leader. */
  dueCheckpoints(nowMs: number, limit: number = CHECKPOINTS_PER_CALL): DueCheckpoint[] {
    return this.#leading ? this.#queue.dueCheckpoints(nowMs, limit) : [];
  }

  #countDown(lease: Lease): void {
    const nowMs = this.#clock.nowMs();
    lease.expiryMs = nowMs + fullMs(lease);
    this.#queue.add(lease, nowMs);
  }

  #store(lease: Lease): void {
    this.#backend.put(buckets.lease, leaseKey(lease.id), encodeLeaseRecord(lease));
  }
}
