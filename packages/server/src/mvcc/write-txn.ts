/**
 * One write transaction: every change in it shares one main revision and takes the next sub revision. A change is in the
 * index and staged in the live store as soon as it is made, so whoever applies a request makes sure beforehand that all of
 * it can be done: there is no way back.
 *
 * Order of effects per change, as in etcd: record, index, lease, event.
 */
import { assert } from "../lib/assert.ts";
import type { KeyIndex, KeyInterval, Revision } from "./index/key-index.ts";
import type { OperationTally } from "./operation-tally.ts";
import type { Records } from "./records.ts";
import { eventTypes, type RevisionEvents, type StoredEvent } from "./stored-event.ts";

/** The leases of a member, as far as keys hang on them. */
export interface LeaseKeeper {
  exists(id: bigint): boolean;
  /** Hangs the key on a lease, taking it off another. */
  attach(id: bigint, key: Uint8Array): void;
  detach(key: Uint8Array): void;
}

/** What a write transaction works on. */
export interface WriteParts {
  readonly index: KeyIndex;
  readonly records: Records;
  readonly leases: LeaseKeeper;
  /** The store's revision before the transaction. */
  readonly revision: number;
  readonly tally: OperationTally;
}

/** The transaction. Nobody else may change the store before `end`. */
export class WriteTxn {
  readonly #parts: WriteParts;
  readonly #events: StoredEvent[] = [];
  #ended = false;

  constructor(parts: WriteParts) {
    this.#parts = parts;
  }

  /** Where the transaction's operations are counted; reads count themselves. */
  get tally(): OperationTally {
    return this.#parts.tally;
  }

  /** What reads inside the transaction see: the revision before it, its own once there is a change. */
  get revision(): number {
    return this.#parts.revision + (this.#events.length > 0 ? 1 : 0);
  }

  /** Writes a version of a key. */
  put(key: Uint8Array, { value, lease }: { value: Uint8Array; lease: bigint }): void {
    const { index, records, leases, tally } = this.#parts;
    tally.put(key.length + value.length);
    const revision = this.#next();
    const found = index.put(key, { main: revision.main, sub: revision.sub, leased: lease !== 0n });
    const { createRevision, version } = found;
    const modRevision = revision.main;
    const kvRaw = records.put(revision, { key, createRevision, modRevision, version, value, lease });
    if (lease !== 0n) leases.attach(lease, key);
    else if (found.wasLeased) leases.detach(key);
    this.#events.push({ type: eventTypes.put, key, kvRaw, modRevision, createRevision, version });
  }

  /** Deletes every key of an interval, in key order; answers how many. */
  deleteRange(interval: KeyInterval): number {
    this.#parts.tally.delete();
    const keys = this.#parts.index.liveKeys(interval);
    for (const key of keys) this.#delete(key);
    return keys.length;
  }

  /** Ends the transaction; answers its revision and events, `undefined` when nothing changed. */
  end(): RevisionEvents | undefined {
    assert(!this.#ended, "a write transaction ends twice");
    this.#ended = true;
    return this.#events.length === 0 ? undefined : { revision: this.revision, events: this.#events };
  }

  #delete(key: Uint8Array): void {
    const { index, records, leases } = this.#parts;
    const revision = this.#next();
    const kvRaw = records.bury(revision, key);
    if (index.bury(key, revision).wasLeased) leases.detach(key);
    const modRevision = revision.main;
    this.#events.push({ type: eventTypes.delete, key, kvRaw, modRevision, createRevision: 0, version: 0 });
  }

  #next(): Revision {
    assert(!this.#ended, "a write transaction goes on after its end");
    return { main: this.#parts.revision + 1, sub: this.#events.length };
  }
}
