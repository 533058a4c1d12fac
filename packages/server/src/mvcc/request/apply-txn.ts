/**
 * Txn: compares decide the branch, then its operations are done in order at one revision. Everything that could fail
 * (missing leases and keys, compacted and future revisions of reads) is checked along the branches taken before the first
 * write, so that a transaction is done whole or not at all, on every member alike (etcd-io/etcd#18667, #21432).
 */
import { type RangeRequest, type RequestOp, ResponseHeader, raw, type TxnRequest } from "@etcd-ts/proto";
import { assert } from "../../lib/assert.ts";
import { type Failure, failure, isFailure } from "../failure.ts";
import type { MvccStore } from "../store.ts";
import type { WriteTxn } from "../write-txn.ts";
import { type Applied, type ApplyContext, revisionHeader } from "./applied.ts";
import { writeDeleteRange } from "./apply-delete-range.ts";
import { refusedPut, writePut } from "./apply-put.ts";
import { rangeResponse } from "./range-response.ts";
import { findOnPath, type TxnPath, takePath } from "./txn-path.ts";

/** Applies a transaction, or answers why not. */
export function applyTxn(
  store: MvccStore,
  request: TxnRequest,
  ctx: ApplyContext,
): Applied<raw.TxnResponseRaw> | Failure {
  const path = takePath(store, request);
  const refused =
    findOnPath(path, ({ requestPut }) => requestPut && refusedPut(store, requestPut, ctx.leases)) ??
    findOnPath(path, ({ requestRange }) => requestRange && refusedRange(store, requestRange));
  if (refused !== undefined) return refused;
  let responses: Uint8Array[] = [];
  const changes = store.write(ctx.leases, (txn) => {
    responses = runPath(store, txn, path);
  });
  const header = revisionHeader(store.currentRevision);
  return { response: { header, succeeded: path.succeeded, responses }, changes };
}

/** Whether a transaction only reads, whichever branch it takes: such a one needs no log entry. */
export function isReadOnly({ success, failure: otherwise }: TxnRequest): boolean {
  return success.every(isRead) && otherwise.every(isRead);
}

function isRead({ requestRange, requestTxn }: RequestOp): boolean {
  return requestRange !== undefined || (requestTxn !== undefined && isReadOnly(requestTxn));
}

function refusedRange(store: MvccStore, { revision }: RangeRequest): Failure | undefined {
  if (revision > store.currentRevision) return failure("futureRevision");
  return revision > 0 && revision < store.compactRevision ? failure("compacted") : undefined;
}

/** Does the operations of a branch; answers their encoded ResponseOps. */
function runPath(store: MvccStore, txn: WriteTxn, path: TxnPath): Uint8Array[] {
  let depth = 0;
  return path.operations.map((operation) => {
    const nested = operation.requestTxn === undefined ? undefined : path.nested[depth++]!;
    return raw.ResponseOpRaw.encode(nested === undefined ? run(store, txn, operation) : runNested(store, txn, nested));
  });
}

function runNested(store: MvccStore, txn: WriteTxn, path: TxnPath): raw.ResponseOpRaw {
  const responses = runPath(store, txn, path);
  // etcd leaves the header of a nested transaction empty.
  const response = { header: ResponseHeader.create(), succeeded: path.succeeded, responses };
  return raw.ResponseOpRaw.create({ responseTxn: raw.TxnResponseRaw.encode(response) });
}

function run(store: MvccStore, txn: WriteTxn, operation: RequestOp): raw.ResponseOpRaw {
  const { requestRange, requestPut, requestDeleteRange } = operation;
  if (requestRange !== undefined) {
    const result = store.range(requestRange, txn.revision);
    assert(!isFailure(result), "a read of a transaction fails after it was checked");
    return raw.ResponseOpRaw.create({ responseRange: raw.RangeResponseRaw.encode(rangeResponse(result)) });
  }
  if (requestPut !== undefined) {
    const prevKv = writePut(store, txn, requestPut);
    const response = { header: revisionHeader(txn.revision), prevKv };
    return raw.ResponseOpRaw.create({ responsePut: raw.PutResponseRaw.encode(response) });
  }
  if (requestDeleteRange !== undefined) {
    const response = writeDeleteRange(store, txn, requestDeleteRange);
    return raw.ResponseOpRaw.create({ responseDeleteRange: raw.DeleteRangeResponseRaw.encode(response) });
  }
  return raw.ResponseOpRaw.create();
}
