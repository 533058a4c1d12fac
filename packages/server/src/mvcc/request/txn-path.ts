/**
 * Which branches a transaction takes, nested ones included: decided once, by the state before any write, so that everything
 * that will be done is known, and can be checked, before any of it is done.
 */
import type { RangeRequest, RequestOp, TxnRequest } from "@etcd-ts/proto";
import { type Failure, failure } from "../failure.ts";
import type { OperationTally } from "../operation-tally.ts";
import type { MvccStore } from "../store.ts";
import { holds } from "./compare.ts";

/** The way through one transaction. */
export interface TxnPath {
  readonly succeeded: boolean;
  readonly operations: readonly RequestOp[];
  /** The ways through the nested transactions among the operations, in their order. */
  readonly nested: readonly TxnPath[];
}

/** Evaluates the compares along the way, until one of a level does not hold; each counts as a range. */
export function takePath(store: MvccStore, request: TxnRequest, tally: OperationTally): TxnPath {
  const succeeded = request.compare.every((compare) => {
    tally.range();
    return holds(store, compare);
  });
  const operations = succeeded ? request.success : request.failure;
  const nested: TxnPath[] = [];
  for (const { requestTxn } of operations)
    if (requestTxn !== undefined) nested.push(takePath(store, requestTxn, tally));
  return { succeeded, operations, nested };
}

/** The first thing `judge` objects to among the operations that will be done. */
export function findOnPath<T>(path: TxnPath, judge: (operation: RequestOp) => T | undefined): T | undefined {
  let depth = 0;
  for (const operation of path.operations) {
    const found = operation.requestTxn === undefined ? judge(operation) : findOnPath(path.nested[depth++]!, judge);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Why a range of a transaction cannot be read. */
export function refusedRange(store: MvccStore, { revision }: RangeRequest): Failure | undefined {
  if (revision > store.currentRevision) return failure("futureRevision");
  return revision > 0 && revision < store.compactRevision ? failure("compacted") : undefined;
}
