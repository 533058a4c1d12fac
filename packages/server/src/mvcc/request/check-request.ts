/** The checks of single requests, made before anything is proposed; what they let through cannot fail for its form. */
import { type DeleteRangeRequest, type PutRequest, type RangeRequest, SortOrder, SortTarget } from "@etcd-ts/proto";
import { type Failure, failure } from "../failure.ts";

const sortOrders = new Set<number>(Object.values(SortOrder));
const sortTargets = new Set<number>(Object.values(SortTarget));

/** How strictly requests are judged. */
export interface CheckOptions {
  /** Most compares, and most operations of either branch, of one transaction. etcd's `--max-txn-ops`, default 128. */
  readonly maxTxnOps?: number;
  /** Take unknown sort orders and targets for none, as releases before 3.6 do. */
  readonly lenientSort?: boolean;
  /**
   * Let a delete from a key on overlap puts, as etcd 3.4 does by mistake: operations are then done in their order. Applying
   * such a transaction is safe here in any case.
   */
  readonly lenientFromKey?: boolean;
}

/** What is wrong with a range request. */
export function checkRange(request: RangeRequest, { lenientSort = false }: CheckOptions = {}): Failure | undefined {
  if (request.key.length === 0) return failure("emptyKey");
  if (lenientSort) return undefined;
  const known = sortOrders.has(request.sortOrder) && sortTargets.has(request.sortTarget);
  return known ? undefined : failure("invalidSortOption");
}

/** What is wrong with a put request. */
export function checkPut({ key, value, lease, ignoreValue, ignoreLease }: PutRequest): Failure | undefined {
  if (key.length === 0) return failure("emptyKey");
  if (ignoreValue && value.length > 0) return failure("valueProvided");
  return ignoreLease && lease !== 0n ? failure("leaseProvided") : undefined;
}

/** What is wrong with a delete request. */
export function checkDeleteRange({ key }: DeleteRangeRequest): Failure | undefined {
  return key.length === 0 ? failure("emptyKey") : undefined;
}
