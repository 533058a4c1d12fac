import assert from "node:assert/strict";
import { test } from "node:test";
import { PutRequest, RequestOp, TxnRequest } from "@etcd-ts/proto";
import { putCostBytes, Quota, txnCostBytes } from "./quota.ts";

const put = (valueBytes: number) => PutRequest.create({ key: Uint8Array.of(1), value: new Uint8Array(valueBytes) });
const putOp = (valueBytes: number) => RequestOp.create({ requestPut: put(valueBytes) });

test("admits() weighs what is used and what is asked for against the quota", () => {
  let usedBytes = 0;
  const quota = new Quota({ quotaBytes: 1000, usedBytes: () => usedBytes });
  assert.equal(quota.admits(999), true);
  assert.equal(quota.admits(1000), false);
  usedBytes = 900;
  assert.equal(quota.admits(100), false);
  assert.equal(quota.admits(0), true, "what costs nothing is the way out");
});

test("admits() lets everything pass without a quota", () => {
  const quota = new Quota({ quotaBytes: undefined, usedBytes: () => Number.MAX_SAFE_INTEGER });
  assert.equal(quota.admits(1), true);
});

test("txnCostBytes() is that of the dearer branch, nested transactions included", () => {
  const nested = RequestOp.create({ requestTxn: TxnRequest.create({ failure: [putOp(500), putOp(10)] }) });
  const request = TxnRequest.create({ success: [putOp(100)], failure: [nested, putOp(1)] });
  assert.equal(txnCostBytes(request), putCostBytes(put(500)) + putCostBytes(put(10)) + putCostBytes(put(1)));
});
