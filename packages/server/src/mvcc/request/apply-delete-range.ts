/** DeleteRange: a tombstone for every key of an interval. */
import { type DeleteRangeRequest, RangeRequest, type raw } from "@etcd-ts/proto";
import { assert } from "../../lib/assert.ts";
import { isFailure } from "../failure.ts";
import { intervalOf } from "../key-range.ts";
import type { MvccStore } from "../store.ts";
import type { WriteTxn } from "../write-txn.ts";
import { type Applied, type ApplyContext, revisionHeader } from "./applied.ts";

/** Applies a delete; it cannot fail. */
export function applyDeleteRange(
  store: MvccStore,
  request: DeleteRangeRequest,
  ctx: ApplyContext,
): Applied<raw.DeleteRangeResponseRaw> {
  let response: raw.DeleteRangeResponseRaw = { header: undefined, deleted: 0, prevKvs: [] };
  const changes = store.write(ctx.leases, (txn) => {
    response = writeDeleteRange(store, txn, request);
  });
  return { response: { ...response, header: revisionHeader(store.currentRevision) }, changes };
}

/** Deletes; answers as inside a transaction. */
export function writeDeleteRange(
  store: MvccStore,
  txn: WriteTxn,
  request: DeleteRangeRequest,
): raw.DeleteRangeResponseRaw {
  const { key, rangeEnd, prevKv } = request;
  if (prevKv) txn.tally.range();
  const previous = prevKv ? store.rangeAt(txn.revision, RangeRequest.create({ key, rangeEnd })) : { kvs: [] };
  assert(!isFailure(previous), "the current revision cannot be read");
  const deleted = txn.deleteRange(intervalOf(key, rangeEnd));
  return { header: revisionHeader(txn.revision), deleted, prevKvs: previous.kvs };
}
