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
import { type Failure, failure } from "../failure.ts";
import type { KeyInterval } from "../index/key-index.ts";
import { intervalOf } from "../key-range.ts";
import { type RecordOrder, recordOrder } from "./record-order.ts";

/** The revisions a read is judged by. */
export interface ReadRevisions {
  readonly current: number;
  /** Below it nothing can be read; 0 before the first compaction. */
  readonly compacted: number;
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
  /** Answered in descending key order: known to the index. */
  readonly descending: boolean;
  readonly keep: ((kv: KeyValue) => boolean) | undefined;
  /** Any other order. */
  readonly order: RecordOrder | undefined;
}

/** Judges a request. */
export function planRange(request: RangeRequest, { current, compacted }: ReadRevisions): RangePlan | Failure {
  if (request.revision > current) return failure("futureRevision");
  if (request.revision > 0 && request.revision < compacted) return failure("compacted");
  const limit = request.limit > 0 ? request.limit : Number.POSITIVE_INFINITY;
  const keep = filterOf(request);
  const descends = request.sortOrder === SortOrder.DESCEND;
  const takesAll = keep !== undefined || request.sortOrder !== SortOrder.NONE;
  return {
    interval: intervalOf(request.key, request.rangeEnd),
    revision: request.revision > 0 ? request.revision : current,
    current,
    countOnly: request.countOnly,
    keysOnly: request.keysOnly,
    limit,
    takeMax: takesAll ? Number.POSITIVE_INFINITY : limit + 1,
    descending: descends && request.sortTarget === SortTarget.KEY,
    keep,
    order: recordOrder(request.sortTarget, descends),
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
