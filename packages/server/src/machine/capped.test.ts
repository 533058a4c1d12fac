import assert from "node:assert/strict";
import { test } from "node:test";
import { AlarmType, PutRequest, RangeRequest, RequestOp, TxnRequest } from "@etcd-ts/proto";
import { Alarms } from "../alarm/index.ts";
import { MemoryBackend } from "../testing/index.ts";
import { refusalByAlarm, txnGrowth } from "./capped.ts";

const put = RequestOp.create({ requestPut: PutRequest.create() });
const range = RequestOp.create({ requestRange: RangeRequest.create() });
const nested = (op: RequestOp) => RequestOp.create({ requestTxn: TxnRequest.create({ failure: [op] }) });

for (const { name, request, expected } of [
  { name: "a put in the branch that may not be taken", request: { failure: [range, put] }, expected: "grows" },
  { name: "a put two levels down", request: { success: [nested(nested(put))] }, expected: "grows" },
  { name: "reads alone", request: { success: [nested(range)], failure: [range] }, expected: "shrinks" },
] satisfies { name: string; request: Partial<TxnRequest>; expected: string }[]) {
  test(`txnGrowth() of ${name}: ${expected}`, () => {
    assert.equal(txnGrowth(TxnRequest.create(request)), expected);
  });
}

test("NOSPACE refuses what grows, CORRUPT everything, and clearing them admits again", () => {
  const alarms = new Alarms({ backend: new MemoryBackend() });
  const codes = () => (["grows", "shrinks"] as const).map((growth) => refusalByAlarm(alarms, growth)?.code);
  assert.deepEqual(codes(), [undefined, undefined]);
  alarms.activate(1n, AlarmType.NOSPACE);
  assert.deepEqual(codes(), ["noSpace", undefined]);
  alarms.activate(1n, AlarmType.CORRUPT);
  assert.deepEqual(codes(), ["corrupt", "corrupt"]);
  alarms.deactivate(1n, AlarmType.CORRUPT);
  alarms.deactivate(1n, AlarmType.NOSPACE);
  assert.deepEqual(codes(), [undefined, undefined]);
});
