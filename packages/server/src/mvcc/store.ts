/**
 * The multi-version store: every change of every key by revision, until it is compacted. Revisions are numbered main.sub:
 * one main revision per write transaction, one sub revision per change in it; an empty store is at revision 1.
 *
 * Parts: the key index (what changed when), the records (what it became), write transactions, ranges, history for
 * watchers, compaction and hashes. Everything is synchronous and single-threaded: a write transaction is atomic because
 * nothing can run in between. Long work (large ranges, compaction, hashes) proceeds in slices.
 */
import type { RangeRequest } from "@etcd-ts/proto";
import { assert } from "../lib/assert.ts";
import type { Backend, Clock, Logger, Metrics } from "../ports/index.ts";
import { Compactor } from "./compactor.ts";
import { type Failure, failure, isFailure } from "./failure.ts";
import { type HashKv, hashKv } from "./hash-kv.ts";
import { hashStore } from "./hash-store.ts";
import { readHistory } from "./history.ts";
import { KeyIndex, type KeyInterval } from "./index/key-index.ts";
import type { KeyState } from "./index/leaf.ts";
import { isSingleKey } from "./key-range.ts";
import { MetaBucket } from "./meta-bucket.ts";
import { declareStoreMetrics, type StoreFigures, type StoreMetrics } from "./metrics.ts";
import { OperationTally } from "./operation-tally.ts";
import { Pins } from "./pins.ts";
import { RangeCursor, wholeRange } from "./range/range-cursor.ts";
import { planRange } from "./range/range-plan.ts";
import { Records } from "./records.ts";
import { restoreIndex } from "./restore.ts";
import type { RevisionEvents } from "./stored-event.ts";
import { type LeaseKeeper, WriteTxn } from "./write-txn.ts";

/** What the store works with. */
export interface StoreParts {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Settings, each with a default. */
export interface StoreOptions {
  /** Memory for records read or written lately. Default 16 MiB. */
  readonly cacheBytesMax?: number;
  /** Pause between two batches of a compaction. Default 2 ms. */
  readonly compactionPauseMs?: number;
  /** Changes a compaction looks at between two pauses. Default 1000. */
  readonly compactionBatchMax?: number;
}

/** What a range answers: key-values encoded as they are stored. */
export interface RangeResult {
  /** For the header: the store's revision, also when an older one was read. */
  readonly revision: number;
  readonly kvs: Uint8Array[];
  readonly more: boolean;
  readonly count: number;
}

const CACHE_BYTES = 16 * 1024 * 1024;
const COMPACTION_PAUSE_MS = 2;
const COMPACTION_BATCH = 1000;

/** The store. */
export class MvccStore {
  readonly #parts: StoreParts;
  readonly #options: StoreOptions;
  #index = new KeyIndex();
  #records: Records;
  #meta: MetaBucket;
  readonly #metrics: StoreMetrics;
  readonly #pins = new Pins();
  #compactor: Compactor;
  #revision: number;
  #writing = false;

  /** Reads what the backend holds and answers the store when it is complete; a compaction that was cut short goes on. */
  static open(parts: StoreParts, options: StoreOptions = {}): MvccStore {
    const store = new MvccStore(parts, options);
    store.#compactor.resume();
    return store;
  }

  private constructor(parts: StoreParts, options: StoreOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#records = new Records(parts.backend, options.cacheBytesMax ?? CACHE_BYTES);
    this.#meta = new MetaBucket(parts.backend);
    this.#metrics = declareStoreMetrics(parts.metrics, this.#figures());
    this.#compactor = this.#createCompactor();
    this.#revision = this.#restore();
  }

  /** Reads everything anew: after a snapshot has replaced the backend's content. Ranges being read in slices go on. */
  reload(): void {
    assert(!this.#writing, "the store is replaced inside a write transaction");
    this.#compactor.stop();
    this.#records.retire();
    this.#index = new KeyIndex();
    this.#records = new Records(this.#parts.backend, this.#options.cacheBytesMax ?? CACHE_BYTES);
    this.#meta = new MetaBucket(this.#parts.backend);
    this.#compactor = this.#createCompactor();
    this.#revision = this.#restore();
    this.#compactor.resume();
  }

  #restore(): number {
    return Math.max(1, restoreIndex(this.#parts.backend, this.#index), this.compactRevision);
  }

  #createCompactor(): Compactor {
    const options = this.#options;
    return new Compactor(
      {
        ...this.#parts,
        index: this.#index,
        records: this.#records,
        meta: this.#meta,
        pins: this.#pins,
        metrics: this.#metrics,
      },
      {
        pauseMs: options.compactionPauseMs ?? COMPACTION_PAUSE_MS,
        batchMax: options.compactionBatchMax ?? COMPACTION_BATCH,
      },
    );
  }

  /** The revision of the last write transaction. */
  get currentRevision(): number {
    return this.#revision;
  }

  /** Below it nothing can be read; 0 before the first compaction. */
  get compactRevision(): number {
    return this.#compactor.compactRevision;
  }

  /** Live keys. */
  get keyCount(): number {
    return this.#index.liveCount;
  }

  /** Raft index and term of the last applied entry, staged with the changes it made. */
  get appliedIndex(): number {
    return this.#meta.appliedIndex;
  }

  /** Term of the last applied entry. */
  get appliedTerm(): number {
    return this.#meta.appliedTerm;
  }

  /** To be called in the same turn of the event loop as the changes of the entry, so that both are in one commit. */
  setApplied(index: number, term: number): void {
    this.#meta.setApplied(index, term);
  }

  /** Reads a range at once: for few keys. */
  range(request: RangeRequest): RangeResult | Failure {
    this.#metrics.ranges.inc();
    return this.rangeAt(this.#revision, request);
  }

  /** The same as part of a transaction, which sees this revision as the current one and counts the range itself. */
  rangeAt(current: number, request: RangeRequest): RangeResult | Failure {
    const plan = planRange(request, { current, compacted: this.compactRevision });
    if (isFailure(plan)) return plan;
    if (isSingleKey(request.rangeEnd) && !plan.countOnly && !plan.keysOnly && plan.keep === undefined) {
      const found = this.#index.get(request.key, plan.revision);
      const kvs = found === undefined ? [] : [this.#records.at(found)];
      return { revision: current, kvs, more: false, count: kvs.length };
    }
    const cursor = new RangeCursor({ index: this.#index, records: this.#records }, plan, () => {});
    const kvs: Uint8Array[] = [];
    while (!cursor.done) for (const kv of cursor.next(wholeRange)) kvs.push(kv);
    return { revision: current, kvs, more: cursor.more, count: cursor.count };
  }

  /** Opens a range that is read in slices; the caller reads it to its end or closes it. */
  openRange(request: RangeRequest): RangeCursor | Failure {
    this.#metrics.ranges.inc();
    return this.openRangeUncounted(request);
  }

  /** The same as part of a transaction, which counts the range itself. */
  openRangeUncounted(request: RangeRequest): RangeCursor | Failure {
    const plan = planRange(request, { current: this.#revision, compacted: this.compactRevision });
    if (isFailure(plan)) return plan;
    const unpin = this.#pins.pin(plan.revision);
    return new RangeCursor({ index: this.#index, records: this.#records }, plan, unpin);
  }

  /** The key's record at a revision: 0 for the current one. */
  get(key: Uint8Array, revision = this.#revision): Uint8Array | undefined {
    const found = this.#index.get(key, revision);
    return found === undefined ? undefined : this.#records.at(found);
  }

  /** The newest state of a live key. */
  newest(key: Uint8Array): KeyState | undefined {
    const state = this.#index.newest(key);
    return state?.dead === false ? state : undefined;
  }

  /** The live keys of an interval, one after the other, until `test` is false; whether it never was, and how many keys. */
  every(interval: KeyInterval, test: (record: Uint8Array) => boolean): { holds: boolean; count: number } {
    let holds = true;
    let count = 0;
    this.#index.scan(interval, { revision: Number.MAX_SAFE_INTEGER }, (main, sub) => {
      count++;
      holds = test(this.#records.oneOfMany({ main, sub }));
      return holds;
    });
    return { holds, count };
  }

  /** Runs a write transaction; answers its revision and events, `undefined` when it changed nothing. */
  write(leases: LeaseKeeper, change: (txn: WriteTxn) => void): RevisionEvents | undefined {
    assert(!this.#writing, "a write transaction is begun inside another");
    this.#writing = true;
    const tally = this.tally();
    const txn = new WriteTxn({ index: this.#index, records: this.#records, leases, revision: this.#revision, tally });
    change(txn);
    this.#writing = false;
    tally.end();
    const applied = txn.end();
    if (applied !== undefined) this.#revision = applied.revision;
    return applied;
  }

  /** Begins to count the operations of a transaction. */
  tally(): OperationTally {
    return new OperationTally(this.#metrics);
  }

  /** Whether a compaction at this revision would be accepted. */
  checkCompact(revision: number): Failure | undefined {
    if (revision <= this.compactRevision || revision <= 0) return failure("compacted");
    return revision > this.#revision ? failure("futureRevision") : undefined;
  }

  /**
   * Forgets what no read at or above the revision needs. Takes effect at once; the space comes back in the background, and
   * `done` resolves when that is durable.
   */
  compact(revision: number): { readonly done: Promise<void> } | Failure {
    return this.checkCompact(revision) ?? { done: this.#compactor.compact(revision) };
  }

  /** etcd's HashKV at a revision, 0 for the current one. */
  async hashKv(revision: number): Promise<HashKv | Failure> {
    const { backend, clock } = this.#parts;
    const index = this.#index;
    const parts = { backend, clock, index, pins: this.#pins, metrics: this.#metrics };
    const outcome = await hashKv(parts, { revision, current: this.#revision, compacted: this.compactRevision });
    // When a snapshot has replaced the content meanwhile, the hash is of neither the old nor the new one.
    return index === this.#index ? outcome : this.hashKv(revision);
  }

  /** etcd's Hash: of all that the live store holds, keys and everything else. */
  async hash(): Promise<number> {
    const startMs = this.#parts.clock.nowMs();
    const hash = await hashStore(this.#parts);
    this.#metrics.hashSeconds.observe((this.#parts.clock.nowMs() - startMs) / 1000);
    return hash;
  }

  /** Events of the past, as watchers need them: see `WatchHistory`. */
  history(fromRevision: number, toRevision: number, limit: number): readonly RevisionEvents[] {
    const range = { fromRevision, toRevision: Math.min(toRevision, this.#revision), limit };
    return readHistory({ backend: this.#parts.backend, records: this.#records }, range);
  }

  /** The key's record as it was before a change; `undefined` when there was none, or it is compacted. */
  prevKv(key: Uint8Array, modRevision: number): Uint8Array | undefined {
    if (modRevision - 1 < Math.max(1, this.compactRevision)) return undefined;
    this.#metrics.ranges.inc();
    return this.get(key, modRevision - 1);
  }

  /** Visits every live key that is attached to a lease: how leases find their keys after a restart. */
  forEachLeased(visit: (record: Uint8Array) => void): void {
    this.#index.scanLeased((revision) => visit(this.#records.oneOfMany(revision)));
  }

  /** Stops background work. The backend belongs to the caller. */
  close(): void {
    this.#compactor.stop();
  }

  #figures(): StoreFigures {
    const { backend } = this.#parts;
    return {
      keys: () => this.keyCount,
      currentRevision: () => this.#revision,
      compactRevision: () => this.compactRevision,
      sizeBytes: () => backend.sizeBytes,
      sizeInUseBytes: () => backend.sizeInUseBytes,
      openReads: () => this.#pins.size,
    };
  }
}
