/**
 * What a request must answer in a state, and what it must change: the API's rules written down once more, over a map.
 * Requests are evaluated with the state before them; changes get the revision after it.
 */
import {
  type Compare,
  CompareResult,
  CompareTarget,
  type DeleteRangeRequest,
  type PutRequest,
  type RangeRequest,
  SortOrder,
  SortTarget,
  type TxnRequest,
} from "@etcd-ts/proto";
import { textOf } from "../build-request.ts";
import type { Kv } from "../history.ts";
import { isWithin, type State } from "./key-model.ts";

/** A change of one key; no key-value: deleted. */
export interface Change {
  readonly key: string;
  readonly kv: Kv | undefined;
}

/** What a range answers. */
export interface RangeAnswer {
  readonly kvs: readonly Kv[];
  readonly more: boolean;
  readonly count: number;
}

/** Answers of the operations of a transaction. */
export type OperationAnswer =
  | { readonly range: RangeAnswer }
  | { readonly put: Kv | undefined }
  | { readonly deleted: number; readonly prevKvs: readonly Kv[] }
  | TxnAnswer;

/** What a transaction answers. */
export interface TxnAnswer {
  readonly succeeded: boolean;
  readonly answers: readonly OperationAnswer[];
}

/** Reads a range in a state, whatever the request's revision. */
export function evaluateRange(state: State, request: RangeRequest): RangeAnswer {
  const all = inSpan(state, request);
  if (request.countOnly) return { kvs: [], more: false, count: all.length };
  const limit = request.limit > 0 ? request.limit : Number.POSITIVE_INFINITY;
  const { sortOrder, sortTarget } = request;
  // Without an order, a target other than the key sorts only what the limit has left, as etcd does.
  const taken = sortOrder === SortOrder.NONE ? all.slice(0, limit + 1) : all;
  const sign = sortOrder === SortOrder.DESCEND ? -1 : 1;
  const ordered = taken
    .map((kv, place) => ({ kv, place }))
    .sort((a, b) => sign * compareBy(sortTarget, a.kv, b.kv) || a.place - b.place)
    .map(({ kv }) => kv);
  const kvs = ordered.slice(0, limit).map((kv) => (request.keysOnly ? { ...kv, value: "" } : kv));
  return { kvs, more: ordered.length > limit, count: all.length };
}

/** A state that changes, and what changed. */
export class Draft {
  readonly state: Map<string, Kv>;
  readonly changes: Change[] = [];
  readonly #revision: number;
  readonly #stateAt: (revision: number) => State;

  /** `revision` is that of the changes; `stateAt` gives older states, for reads at a revision. */
  constructor(state: State, options: { revision: number; stateAt: (revision: number) => State }) {
    this.state = new Map(state);
    this.#revision = options.revision;
    this.#stateAt = options.stateAt;
  }

  /** Whether there is a version to keep value or lease of is judged by the state before the whole transaction. */
  put(request: PutRequest, decidedIn: State = this.state): { put: Kv | undefined } | undefined {
    const key = textOf(request.key);
    const before = this.state.get(key);
    if ((request.ignoreValue || request.ignoreLease) && !decidedIn.has(key)) return undefined;
    const kv: Kv = {
      key,
      value: request.ignoreValue && before !== undefined ? before.value : textOf(request.value),
      createRevision: before?.createRevision ?? this.#revision,
      modRevision: this.#revision,
      version: (before?.version ?? 0) + 1,
      lease: request.ignoreLease && before !== undefined ? before.lease : request.lease,
    };
    this.#set(key, kv);
    return { put: request.prevKv ? before : undefined };
  }

  delete(request: DeleteRangeRequest): { deleted: number; prevKvs: Kv[] } {
    const found = inSpan(this.#ordered(), request);
    for (const { key } of found) this.#set(key, undefined);
    return { deleted: found.length, prevKvs: request.prevKv ? found : [] };
  }

  /** Deletes the keys of a lease. */
  revoke(lease: bigint): void {
    for (const kv of [...this.#ordered().values()]) if (kv.lease === lease) this.#set(kv.key, undefined);
  }

  /** Undefined when it cannot be done in this state. */
  txn(request: TxnRequest, decidedIn: State = new Map(this.state)): TxnAnswer | undefined {
    const succeeded = request.compare.every((compare) => holds(decidedIn, compare));
    const answers: OperationAnswer[] = [];
    for (const operation of succeeded ? request.success : request.failure) {
      const answer = this.#operation(operation, decidedIn);
      if (answer === undefined) return undefined;
      answers.push(answer);
    }
    return { succeeded, answers };
  }

  #operation(operation: TxnRequest["success"][number], decidedIn: State): OperationAnswer | undefined {
    const { requestRange, requestPut, requestDeleteRange, requestTxn } = operation;
    if (requestPut !== undefined) return this.put(requestPut, decidedIn);
    if (requestDeleteRange !== undefined) return this.delete(requestDeleteRange);
    if (requestTxn !== undefined) return this.txn(requestTxn, decidedIn);
    const { revision } = requestRange!;
    if (revision >= this.#revision) return undefined;
    return { range: evaluateRange(revision === 0 ? this.#ordered() : this.#stateAt(revision), requestRange!) };
  }

  #set(key: string, kv: Kv | undefined): void {
    if (kv === undefined) this.state.delete(key);
    else this.state.set(key, kv);
    this.changes.push({ key, kv });
  }

  #ordered(): State {
    return new Map([...this.state].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function inSpan(state: State, { key, rangeEnd }: { key: Uint8Array; rangeEnd: Uint8Array }): Kv[] {
  const span = { key: textOf(key), end: textOf(rangeEnd) };
  return [...state.values()].filter((kv) => isWithin(kv.key, span));
}

function compareBy(target: SortTarget, a: Kv, b: Kv): number {
  if (target === SortTarget.VERSION) return a.version - b.version;
  if (target === SortTarget.CREATE) return a.createRevision - b.createRevision;
  if (target === SortTarget.MOD) return a.modRevision - b.modRevision;
  const [left, right] = target === SortTarget.VALUE ? [a.value, b.value] : [a.key, b.key];
  return left < right ? -1 : Number(left > right);
}

const nothing: Kv = { key: "", value: "", createRevision: 0, modRevision: 0, version: 0, lease: 0n };

function holds(state: State, compare: Compare): boolean {
  const found = inSpan(state, compare);
  if (found.length === 0 && compare.target === CompareTarget.VALUE) return false;
  return (found.length === 0 ? [nothing] : found).every((kv) => {
    const difference = differenceOf(kv, compare);
    if (compare.result === CompareResult.EQUAL) return difference === 0;
    if (compare.result === CompareResult.NOT_EQUAL) return difference !== 0;
    return compare.result === CompareResult.GREATER ? difference > 0 : difference < 0;
  });
}

function differenceOf(kv: Kv, compare: Compare): number {
  if (compare.target === CompareTarget.VERSION) return kv.version - (compare.version ?? 0);
  if (compare.target === CompareTarget.CREATE) return kv.createRevision - (compare.createRevision ?? 0);
  if (compare.target === CompareTarget.MOD) return kv.modRevision - (compare.modRevision ?? 0);
  if (compare.target === CompareTarget.LEASE) return Number(kv.lease - (compare.lease ?? 0n));
  const value = textOf(compare.value ?? new Uint8Array(0));
  return kv.value < value ? -1 : Number(kv.value > value);
}
