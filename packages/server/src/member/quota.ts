/**
 * The space quota (`--quota-backend-bytes`): refuses requests that would grow the live store beyond it, before they are
 * proposed. The cost of a request is estimated as etcd does: its bytes plus an overhead per stored key or lease.
 * Reads, deletes, compaction and revokes are always admitted, because they are the way out.
 */
import type { LeaseGrantRequest, PutRequest, TxnRequest } from "@etcd-ts/proto";

const keyOverheadBytes = 256;
const leaseOverheadBytes = 64;

export class Quota {
  /** Undefined: no limit. */
  readonly quotaBytes: number | undefined;
  readonly #usedBytes: () => number;

  constructor(options: { quotaBytes: number | undefined; usedBytes: () => number }) {
    this.quotaBytes = options.quotaBytes;
    this.#usedBytes = options.usedBytes;
  }

  /** Whether a request of this cost still fits. */
  admits(costBytes: number): boolean {
    if (this.quotaBytes === undefined || costBytes === 0) return true;
    return this.#usedBytes() + costBytes < this.quotaBytes;
  }
}

/** Estimated growth by a put. */
export function putCostBytes(request: PutRequest): number {
  return keyOverheadBytes + request.key.length + request.value.length;
}

/** Estimated growth by a lease grant. */
export function leaseGrantCostBytes(_request: LeaseGrantRequest): number {
  return leaseOverheadBytes;
}

/** Estimated growth by a transaction: that of its dearer branch, nested ones included. */
export function txnCostBytes(request: TxnRequest): number {
  return Math.max(branchCostBytes(request.success), branchCostBytes(request.failure));
}

function branchCostBytes(operations: TxnRequest["success"]): number {
  let cost = 0;
  for (const operation of operations) {
    if (operation.requestPut !== undefined) cost += putCostBytes(operation.requestPut);
    else if (operation.requestTxn !== undefined) cost += txnCostBytes(operation.requestTxn);
  }
  return cost;
}
