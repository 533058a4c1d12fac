/**
 * The checks of a transaction before it is proposed: sizes, then every operation of both branches, then that no key is
 * written twice. The allowance of a nested transaction is what the largest list of the level above left of its own.
 */
import type { RequestOp, TxnRequest } from "@etcd-ts/proto";
import { type Failure, failure } from "../failure.ts";
import { checkOverlap } from "./check-overlap.ts";
import { type CheckOptions, checkDeleteRange, checkPut, checkRange } from "./check-request.ts";

const MAX_TXN_OPS = 128;
/**
 * Nesting multiplies: a small request can hold very many operations, each of which is looked at once per level. More
 * than this many looks are refused. Enough for 10,000 operations six levels deep.
 */
const COST_MAX = 65_536;

/** What is wrong with a transaction. */
export function checkTxn(request: TxnRequest, options: CheckOptions = {}): Failure | undefined {
  const cost = { left: COST_MAX };
  return (
    checkLevel(request, { allowance: options.maxTxnOps ?? MAX_TXN_OPS, depth: 1, cost, options }) ??
    checkOverlap(request.success, options) ??
    checkOverlap(request.failure, options)
  );
}

interface Level {
  readonly allowance: number;
  readonly depth: number;
  readonly cost: { left: number };
  readonly options: CheckOptions;
}

function checkLevel({ compare, success, failure: otherwise }: TxnRequest, level: Level): Failure | undefined {
  const longest = Math.max(compare.length, success.length, otherwise.length);
  level.cost.left -= (compare.length + success.length + otherwise.length + 1) * level.depth;
  if (longest > level.allowance || level.cost.left < 0) return failure("tooManyOps");
  if (compare.some(({ key }) => key.length === 0)) return failure("emptyKey");
  const below = { ...level, allowance: level.allowance - longest, depth: level.depth + 1 };
  return firstFailure(success, below) ?? firstFailure(otherwise, below);
}

function firstFailure(operations: readonly RequestOp[], level: Level): Failure | undefined {
  for (const operation of operations) {
    const found = checkOperation(operation, level);
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkOperation(operation: RequestOp, level: Level): Failure | undefined {
  const { requestRange, requestPut, requestDeleteRange, requestTxn } = operation;
  if (requestRange !== undefined) return checkRange(requestRange, level.options);
  if (requestPut !== undefined) return checkPut(requestPut);
  if (requestDeleteRange !== undefined) return checkDeleteRange(requestDeleteRange);
  if (requestTxn !== undefined) return checkLevel(requestTxn, level);
  // An operation without any request: etcd's own answer to it.
  return failure("keyNotFound");
}
