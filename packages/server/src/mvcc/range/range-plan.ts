/**
 * What a range request asks for, judged once: which interval at which revision, whether keys can be answered as the index
 * gives them, and if not, how they are filtered and ordered. The rules and their oddities are etcd's:
 *
 * - a revision of 0 or below is the current one; above it is a future one, below the compacted one a compacted one;
 * - filters and sorting come before the limit, but a target other than KEY without an order is sorted ascending *after*
 *   the limit has been applied in key order;
 * - the count is that of the interval, whatever filters and limit say; with `count_only` nothing else is looked at.
 */
import { type KeyValue, type RangeRequest, SortOrder, SortTarget } from "@etcd-ts/proto";
import { compareBytes } from "../../lib/bytes.ts";
import { type Failure, failure } from "../failure.ts";
import type { KeyInterval } from "../index/key-index.ts";
import { intervalOf } from "../key-range.ts";

/** The revisions a read is judged by. */
export interface ReadRevisions {
  readonly current: number;
  /** Below it nothing can be read; 0 before the first compaction. */
  readonly compacted: number;
}

/** What key-values are ordered by: kept instead of them while a range is sorted. */
export type SortKey = number | Uint8Array;

/** An order other than that of the keys. */
export interface RangeOrder {
  readonly sortKeyOf: (kv: KeyValue) => SortKey;
  readonly compare: (a: SortKey, b: SortKey) => number;
}

/** A judged request. */
export interface RangePlan {
  readonly interval: KeyInterval;
  /** The revision to read at. */
  readonly revision: number;
  /** The store's revision, for the header. */
  readonly current: number;
  readonly countOnly: boolean;
  readonly keysOnly: boolean;
  /** Most keys to answer. */
  readonly limit: number;
  /** Most keys to take from the interval, in key order. */
  readonly takeMax: number;
  /** Answered in descending order of the keys. */
  readonly descending: boolean;
  readonly keep: ((kv: KeyValue) => boolean) | undefined;
  /** `undefined` where the order of the keys will do. */
  readonly order: RangeOrder | undefined;
}

/** Judges a request. */
export function planRange(request: RangeRequest, { current, compacted }: ReadRevisions): RangePlan | Failure {
  if (request.revision > current) return failure("futureRevision");
  if (request.revision > 0 && request.revision < compacted) return failure("compacted");
  const limit = request.limit > 0 ? request.limit : Number.POSITIVE_INFINITY;
  const keep = filterOf(request);
  const takesAll = keep !== undefined || request.sortOrder !== SortOrder.NONE;
  return {
    interval: intervalOf(request.key, request.rangeEnd),
    revision: request.revision > 0 ? request.revision : current,
    current,
    countOnly: request.countOnly,
    keysOnly: request.keysOnly,
    limit,
    takeMax: takesAll ? Number.POSITIVE_INFINITY : limit + 1,
    descending: request.sortTarget === SortTarget.KEY && request.sortOrder === SortOrder.DESCEND,
    keep,
    order: orderOf(request),
  };
}

function filterOf(request: RangeRequest): ((kv: KeyValue) => boolean) | undefined {
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  if (!(minModRevision || maxModRevision || minCreateRevision || maxCreateRevision)) return undefined;
  return ({ modRevision, createRevision }) =>
    (maxModRevision === 0 || modRevision <= maxModRevision) &&
    (minModRevision === 0 || modRevision >= minModRevision) &&
    (maxCreateRevision === 0 || createRevision <= maxCreateRevision) &&
    (minCreateRevision === 0 || createRevision >= minCreateRevision);
}

const sortKeys: Readonly<Record<number, (kv: KeyValue) => SortKey>> = {
  [SortTarget.VERSION]: (kv) => kv.version,
  [SortTarget.CREATE]: (kv) => kv.createRevision,
  [SortTarget.MOD]: (kv) => kv.modRevision,
  [SortTarget.VALUE]: (kv) => kv.value,
};

function orderOf({ sortOrder, sortTarget }: RangeRequest): RangeOrder | undefined {
  const sortKeyOf = sortKeys[sortTarget];
  if (sortKeyOf === undefined) return undefined;
  const compare = sortOrder === SortOrder.DESCEND ? (a: SortKey, b: SortKey) => compareSortKeys(b, a) : compareSortKeys;
  return { sortKeyOf, compare };
}

function compareSortKeys(a: SortKey, b: SortKey): number {
  return typeof a === "number" ? a - (b as number) : compareBytes(a, b as Uint8Array);
}
