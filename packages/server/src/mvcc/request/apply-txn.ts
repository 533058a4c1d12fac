/**
 * Txn: compares decide the branch, then its operations are done in order at one revision. Everything that could fail
 * (missing leases and keys, compacted and future revisions of reads) is checked along the branches taken before the first
 * write, so that a transaction is done whole or not at all, on every member alike (etcd-io/etcd#18667, #21432).
 */
import { type RequestOp, ResponseHeader, raw, type TxnRequest } from "@etcd-ts/proto";
import { assert } from "../../lib/assert.ts";
import { type Failure, isFailure } from "../failure.ts";
import type { MvccStore } from "../store.ts";
import type { WriteTxn } from "../write-txn.ts";
import { type Applied, type ApplyContext, revisionHeader } from "./applied.ts";
import { writeDeleteRange } from "./apply-delete-range.ts";
import { refusedPut, writePut } from "./apply-put.ts";
import { rangeResponse } from "./range-response.ts";
import { findOnPath, refusedRange, type TxnPath, takePath } from "./txn-path.ts";
import { answerBytesMax } from "./txn-reading.ts";

/** Applies a transaction, or answers why not. */
export function applyTxn(
  store: MvccStore,
  request: TxnRequest,
  ctx: ApplyContext,
): Applied<raw.TxnResponseRaw> | Failure {
  const tally = store.tally();
  const path = takePath(store, request, tally);
  const refused =
    findOnPath(path, ({ requestPut }) => {
      if (requestPut?.ignoreValue || requestPut?.ignoreLease) tally.range();
      return requestPut && refusedPut(store, requestPut, ctx.leases);
    }) ?? findOnPath(path, ({ requestRange }) => requestRange && refusedRange(store, requestRange));
  tally.end();
  if (refused !== undefined) return refused;
  const answer = new TxnAnswer(store, ctx.answerBytesMax ?? answerBytesMax);
  let responses: Uint8Array[] = [];
  const changes = store.write(ctx.leases, (txn) => {
    responses = answer.run(txn, path);
  });
  const header = revisionHeader(store.currentRevision);
  return { response: { header, succeeded: path.succeeded, responses }, changes, isTooLarge: answer.isTooLarge };
}

/** Whether a transaction only reads, whichever branch it takes: such a one needs no log entry. */
export function isReadOnly({ success, failure: otherwise }: TxnRequest): boolean {
  return success.every(isRead) && otherwise.every(isRead);
}

function isRead({ requestRange, requestTxn }: RequestOp): boolean {
  return requestRange !== undefined || (requestTxn !== undefined && isReadOnly(requestTxn));
}

/**
 * Does the operations of a branch and collects their encoded ResponseOps. Every member does that for every transaction, at its
 * start too: one whose answer found no memory would end them all, again and again. So from `answerBytesMax` on nothing more is
 * read or kept, what is left is written all the same, and whoever asked hears that the answer is too large, as from etcd.
 */
class TxnAnswer {
  readonly #store: MvccStore;
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(store: MvccStore, bytesMax: number) {
    this.#store = store;
    this.#bytesMax = bytesMax;
  }

  get isTooLarge(): boolean {
    return this.#bytes > this.#bytesMax;
  }

  run(txn: WriteTxn, path: TxnPath): Uint8Array[] {
    let depth = 0;
    const responses: Uint8Array[] = [];
    for (const operation of path.operations) {
      const nested = operation.requestTxn === undefined ? undefined : path.nested[depth++]!;
      const response = nested === undefined ? this.#one(txn, operation) : this.#nested(txn, nested);
      if (this.isTooLarge) continue;
      const encoded = raw.ResponseOpRaw.encode(response);
      if (nested === undefined) this.#bytes += encoded.length;
      responses.push(encoded);
    }
    return responses;
  }

  #nested(txn: WriteTxn, path: TxnPath): raw.ResponseOpRaw {
    const responses = this.run(txn, path);
    // etcd leaves the header of a nested transaction empty.
    const response = { header: ResponseHeader.create(), succeeded: path.succeeded, responses };
    return raw.ResponseOpRaw.create({ responseTxn: raw.TxnResponseRaw.encode(response) });
  }

  #one(txn: WriteTxn, { requestRange, requestPut, requestDeleteRange }: RequestOp): raw.ResponseOpRaw {
    const store = this.#store;
    if (requestRange !== undefined) {
      txn.tally.range();
      if (this.isTooLarge) return raw.ResponseOpRaw.create();
      const result = store.rangeAt(txn.revision, requestRange);
      assert(!isFailure(result), "a read of a transaction fails after it was checked");
      if (this.#isBeyond(result.kvs)) return raw.ResponseOpRaw.create();
      return raw.ResponseOpRaw.create({ responseRange: raw.RangeResponseRaw.encode(rangeResponse(result)) });
    }
    if (requestPut !== undefined) {
      const prevKv = writePut(store, txn, requestPut);
      const response = { header: revisionHeader(txn.revision), prevKv };
      return raw.ResponseOpRaw.create({ responsePut: raw.PutResponseRaw.encode(response) });
    }
    if (requestDeleteRange !== undefined) {
      const response = writeDeleteRange(store, txn, requestDeleteRange);
      if (this.#isBeyond(response.prevKvs)) return raw.ResponseOpRaw.create();
      return raw.ResponseOpRaw.create({ responseDeleteRange: raw.DeleteRangeResponseRaw.encode(response) });
    }
    return raw.ResponseOpRaw.create();
  }

  /** Whether these would make the answer too large; it is, then. */
  #isBeyond(kvs: readonly Uint8Array[]): boolean {
    let bytes = this.#bytes;
    for (const kv of kvs) bytes += kv.length;
    if (bytes > this.#bytesMax) this.#bytes = bytes;
    return this.isTooLarge;
  }
}
