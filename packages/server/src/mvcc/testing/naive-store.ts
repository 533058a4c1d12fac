/**
 * The store as a list: every change ever made, and every question answered by replaying them. Slow, obvious, and the
 * measure of the real one in the tests. It knows nothing of slices, indexes or caches, and never forgets.
 */
import {
  type Compare,
  CompareResult,
  CompareTarget,
  type DeleteRangeRequest,
  KeyValue,
  type PutRequest,
  type RangeRequest,
  type RequestOp,
  SortOrder,
  SortTarget,
  type TxnRequest,
} from "@etcd-ts/proto";
import { compareBytes } from "../../lib/bytes.ts";

/** One change: the key-value it left, `undefined` for a deletion. */
export interface NaiveChange {
  readonly main: number;
  readonly key: Uint8Array;
  readonly kv: KeyValue | undefined;
}

/** What a range answers. */
export interface NaiveRange {
  readonly kvs: KeyValue[];
  readonly more: boolean;
  readonly count: number;
}

/** The outcome of one operation of a transaction. */
export type NaiveOutcome =
  | { readonly range: NaiveRange; readonly revision: number }
  | { readonly put: KeyValue | undefined; readonly revision: number }
  | { readonly deleted: KeyValue[]; readonly revision: number }
  | { readonly txn: { readonly succeeded: boolean; readonly outcomes: NaiveOutcome[] } };

type Failed = { readonly error: string };

/** The model. Leases are a set of ids; keys name theirs in their key-values. */
export class NaiveStore {
  revision = 1;
  compacted = 0;
  readonly leases = new Set<bigint>();
  readonly changes: NaiveChange[] = [];
  #pending: NaiveChange[] | undefined;

  /** What a reader sees at a revision, in key order. */
  at(revision: number): KeyValue[] {
    const state = new Map<string, NaiveChange>();
    for (const change of this.changes) if (change.main <= revision) state.set(change.key.toString(), change);
    return [...state.values()]
      .filter(({ kv }) => kv !== undefined)
      .map(({ kv }) => kv!)
      .sort((a, b) => compareBytes(a.key, b.key));
  }

  get #seen(): number {
    return this.revision + (this.#pending !== undefined && this.#pending.length > 0 ? 1 : 0);
  }

  range(request: RangeRequest): NaiveRange | Failed {
    if (request.revision > this.#seen) return { error: "futureRevision" };
    if (request.revision > 0 && request.revision < this.compacted) return { error: "compacted" };
    const all = this.at(request.revision > 0 ? request.revision : this.#seen).filter(({ key }) => within(request, key));
    if (request.countOnly) return { kvs: [], more: false, count: all.length };
    const plain = request.sortOrder === SortOrder.NONE && !filters(request);
    const limit = request.limit > 0 ? request.limit : Number.POSITIVE_INFINITY;
    let kvs = plain ? all.slice(0, limit + 1) : all.filter((kv) => passes(request, kv));
    const descending = request.sortOrder === SortOrder.DESCEND;
    kvs = kvs
      .map((kv, place) => ({ kv, place }))
      .sort((a, b) => {
        const difference = target(request.sortTarget, a.kv, b.kv);
        return (descending ? -difference : difference) || a.place - b.place;
      })
      .map(({ kv }) => kv);
    const more = kvs.length > limit;
    kvs = kvs.slice(0, limit);
    if (request.keysOnly) kvs = kvs.map((kv) => ({ ...kv, value: new Uint8Array(0) }));
    return { kvs, more, count: all.length };
  }

  put(request: PutRequest): NaiveOutcome | Failed {
    if (request.lease !== 0n && !this.leases.has(request.lease)) return { error: "leaseNotFound" };
    if ((request.ignoreValue || request.ignoreLease) && this.#get(request.key) === undefined)
      return { error: "keyNotFound" };
    return this.#transact(() => this.#put(request));
  }

  deleteRange(request: DeleteRangeRequest): NaiveOutcome {
    return this.#transact(() => this.#delete(request));
  }

  txn(request: TxnRequest): NaiveOutcome | Failed {
    const operations = this.#chosen(request);
    for (const { requestPut: put } of operations) {
      if (put === undefined) continue;
      if ((put.ignoreValue || put.ignoreLease) && this.#get(put.key) === undefined) return { error: "keyNotFound" };
      if (put.lease !== 0n && !this.leases.has(put.lease)) return { error: "leaseNotFound" };
    }
    for (const { requestRange: range } of operations) {
      if (range === undefined || range.revision <= 0) continue;
      if (range.revision > this.revision) return { error: "futureRevision" };
      if (range.revision < this.compacted) return { error: "compacted" };
    }
    const before = this.at(this.revision);
    return this.#transact(() => ({ txn: this.#run(request, before) }));
  }

  revoke(lease: bigint): void {
    this.leases.delete(lease);
  }

  #transact(change: () => NaiveOutcome): NaiveOutcome {
    this.#pending = [];
    const outcome = change();
    if (this.#pending.length > 0) this.revision++;
    this.#pending = undefined;
    return outcome;
  }

  /** The operations that will be done, those of nested transactions in their place. */
  #chosen(request: TxnRequest): RequestOp[] {
    const state = this.at(this.revision);
    const operations = request.compare.every((c) => holds(state, c)) ? request.success : request.failure;
    return operations.flatMap((op) => (op.requestTxn === undefined ? [op] : this.#chosen(op.requestTxn)));
  }

  #run(request: TxnRequest, before: KeyValue[]): { succeeded: boolean; outcomes: NaiveOutcome[] } {
    const succeeded = request.compare.every((c) => holds(before, c));
    const outcomes = (succeeded ? request.success : request.failure).map((op): NaiveOutcome => {
      if (op.requestPut !== undefined) return this.#put(op.requestPut);
      if (op.requestDeleteRange !== undefined) return this.#delete(op.requestDeleteRange);
      if (op.requestTxn !== undefined) return { txn: this.#run(op.requestTxn, before) };
      return { range: this.range(op.requestRange!) as NaiveRange, revision: this.#seen };
    });
    return { succeeded, outcomes };
  }

  #get(key: Uint8Array): KeyValue | undefined {
    return this.at(this.#seen).find((kv) => compareBytes(kv.key, key) === 0);
  }

  #put({ key, value, lease, prevKv, ignoreValue, ignoreLease }: PutRequest): NaiveOutcome {
    const before = this.#get(key);
    const main = this.revision + 1;
    this.#record({
      main,
      key,
      kv: KeyValue.create({
        key,
        value: ignoreValue ? before!.value : value,
        lease: ignoreLease ? before!.lease : lease,
        createRevision: before?.createRevision ?? main,
        modRevision: main,
        version: (before?.version ?? 0) + 1,
      }),
    });
    return { put: prevKv ? before : undefined, revision: this.#seen };
  }

  #delete(request: DeleteRangeRequest): NaiveOutcome {
    const deleted = this.at(this.#seen).filter(({ key }) => within(request, key));
    for (const { key } of deleted) this.#record({ main: this.revision + 1, key, kv: undefined });
    return { deleted, revision: this.#seen };
  }

  #record(change: NaiveChange): void {
    this.changes.push(change);
    this.#pending!.push(change);
  }
}

function within({ key, rangeEnd }: { key: Uint8Array; rangeEnd: Uint8Array }, candidate: Uint8Array): boolean {
  if (rangeEnd.length === 0) return compareBytes(candidate, key) === 0;
  if (compareBytes(candidate, key) < 0) return false;
  return (rangeEnd.length === 1 && rangeEnd[0] === 0) || compareBytes(candidate, rangeEnd) < 0;
}

function filters(request: RangeRequest): boolean {
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  return [minModRevision, maxModRevision, minCreateRevision, maxCreateRevision].some((bound) => bound !== 0);
}

function passes(request: RangeRequest, { modRevision, createRevision }: KeyValue): boolean {
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  return (
    !(maxModRevision !== 0 && modRevision > maxModRevision) &&
    !(minModRevision !== 0 && modRevision < minModRevision) &&
    !(maxCreateRevision !== 0 && createRevision > maxCreateRevision) &&
    !(minCreateRevision !== 0 && createRevision < minCreateRevision)
  );
}

function target(by: SortTarget, a: KeyValue, b: KeyValue): number {
  if (by === SortTarget.KEY) return compareBytes(a.key, b.key);
  if (by === SortTarget.VERSION) return a.version - b.version;
  if (by === SortTarget.CREATE) return a.createRevision - b.createRevision;
  return by === SortTarget.MOD ? a.modRevision - b.modRevision : compareBytes(a.value, b.value);
}

function holds(state: KeyValue[], compare: Compare): boolean {
  const found = state.filter(({ key }) => within(compare, key));
  if (found.length === 0 && compare.target === CompareTarget.VALUE) return false;
  return (found.length === 0 ? [KeyValue.create()] : found).every((kv) => {
    const difference = differenceOf(kv, compare);
    if (compare.result === CompareResult.EQUAL) return difference === 0;
    if (compare.result === CompareResult.NOT_EQUAL) return difference !== 0;
    return compare.result === CompareResult.GREATER ? difference > 0 : difference < 0;
  });
}

function differenceOf(kv: KeyValue, compare: Compare): number {
  if (compare.target === CompareTarget.VERSION) return kv.version - (compare.version ?? 0);
  if (compare.target === CompareTarget.CREATE) return kv.createRevision - (compare.createRevision ?? 0);
  if (compare.target === CompareTarget.MOD) return kv.modRevision - (compare.modRevision ?? 0);
  if (compare.target === CompareTarget.VALUE) return compareBytes(kv.value, compare.value ?? new Uint8Array(0));
  return Number(kv.lease - (compare.lease ?? 0n));
}
