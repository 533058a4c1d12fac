import assert from "node:assert/strict";
import { test } from "node:test";
import { PutRequest, RangeRequest, RequestOp, TxnRequest } from "@etcd-ts/proto";
import { silentLogger } from "../../ports/index.ts";
import { FakeClock, MemoryBackend, MemoryDisk, RecordedMetrics } from "../../testing/index.ts";
import { applyPut, applyTxn, isFailure, type LeaseKeeper, MvccStore, TxnReading } from "../index.ts";

const leases: LeaseKeeper = { exists: () => true, attach() {}, detach() {} };
const bytes = (text: string) => new TextEncoder().encode(text);
const everything = RequestOp.create({
  requestRange: RangeRequest.create({ key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0) }),
});

function filledStore(keys: number): MvccStore {
  const backend = new MemoryBackend({ disk: new MemoryDisk() });
  const parts = { backend, clock: new FakeClock(), log: silentLogger, metrics: new RecordedMetrics() };
  const store = MvccStore.open(parts);
  for (let i = 0; i < keys; i++) put(store, `key${i}`);
  return store;
}

const put = (store: MvccStore, name: string) =>
  applyPut(store, PutRequest.create({ key: bytes(name), value: bytes("value") }), { leases });

test("all ranges of a transaction that only reads see one revision, whatever is written between its slices", () => {
  const store = filledStore(300);
  const nested = RequestOp.create({ requestTxn: TxnRequest.create({ success: [everything] }) });
  const request = TxnRequest.create({ success: [everything, nested, everything] });
  const expected = applyTxn(store, request, { leases });
  const reading = TxnReading.open(store, request);
  assert.ok(!isFailure(reading) && !isFailure(expected));
  let slices = 0;
  for (; !reading.done; slices++) {
    assert.equal(reading.step({ bytesMax: 1000, keysMax: 10 }), undefined);
    put(store, `key${slices}`);
  }
  assert.ok(slices > 20, `${slices} slices`);
  assert.deepEqual(reading.response(), expected.response);
});

test("a transaction that only reads is given up when its answer grows too large", () => {
  const store = filledStore(100);
  const reading = TxnReading.open(store, TxnRequest.create({ success: [everything, everything] }), 3000);
  assert.ok(!isFailure(reading));
  let refusal: ReturnType<TxnReading["step"]>;
  for (let step = 0; step < 100 && refusal === undefined; step++)
    refusal = reading.step({ bytesMax: 500, keysMax: 10 });
  assert.deepEqual(refusal, { error: "answerTooLarge" });
});

test("a transaction that writes does so even when its answer would be too large, and says so", () => {
  const store = filledStore(100);
  const write = (name: string) =>
    RequestOp.create({ requestPut: PutRequest.create({ key: bytes(name), value: bytes("new") }) });
  const request = TxnRequest.create({ success: [write("first"), everything, everything, write("last")] });
  const outcome = applyTxn(store, request, { leases, answerBytesMax: 3000 });
  assert.ok(!isFailure(outcome));
  assert.equal(outcome.isTooLarge, true);
  assert.deepEqual(
    outcome.changes?.events.map(({ key }) => new TextDecoder().decode(key)),
    ["first", "last"],
  );
});
