import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Compare,
  CompareResult,
  CompareTarget,
  DeleteRangeRequest,
  PutRequest,
  RangeRequest,
  RequestOp,
  TxnRequest,
} from "@etcd-ts/proto";
import { silentLogger } from "../ports/index.ts";
import { FakeClock, MemoryBackend, MemoryDisk, RecordedMetrics } from "../testing/index.ts";
import { applyDeleteRange, applyPut, applyTxn, type LeaseKeeper, MvccStore, TxnReading } from "./index.ts";

const leases: LeaseKeeper = { exists: () => true, attach() {}, detach() {} };
const bytes = (text: string) => new TextEncoder().encode(text);
const key = bytes("key");
const prefix = { key: bytes("k"), rangeEnd: bytes("l") };

/** What a call counts: ranges, puts, deletes, transactions and bytes. */
function counted(call: (store: MvccStore) => unknown): number[] {
  const metrics = new RecordedMetrics();
  const backend = new MemoryBackend({ disk: new MemoryDisk() });
  const store = MvccStore.open({ backend, clock: new FakeClock(), log: silentLogger, metrics });
  const names = ["mvcc_range_total", "mvcc_put_total", "mvcc_delete_total", "mvcc_txn_total"];
  const read = () => [
    ...names.map((name) => metrics.value(`etcd_${name}`)!),
    metrics.value("etcd_debugging_mvcc_total_put_size_in_bytes")!,
  ];
  for (const name of ["key", "key2"])
    applyPut(store, PutRequest.create({ key: bytes(name), value: bytes("v") }), { leases });
  const before = read();
  call(store);
  return read().map((value, i) => value - before[i]!);
}

test("puts count the bytes of key and value, and the reading of what was there before", () => {
  const put = PutRequest.create({ key, value: bytes("12345") });
  assert.deepEqual(
    counted((store) => applyPut(store, put, { leases })),
    [0, 1, 0, 0, 8],
  );
  assert.deepEqual(
    counted((store) => applyPut(store, { ...put, prevKv: true }, { leases })),
    [1, 1, 0, 1, 8],
  );
});

test("a delete counts once, whatever it finds", () => {
  const remove = (request: Partial<DeleteRangeRequest>) =>
    counted((store) => applyDeleteRange(store, DeleteRangeRequest.create(request), { leases }));
  assert.deepEqual(remove(prefix), [0, 0, 1, 0, 0]);
  assert.deepEqual(remove({ key: bytes("none") }), [0, 0, 1, 0, 0]);
  assert.deepEqual(remove({ ...prefix, prevKv: true }), [1, 0, 1, 1, 0]);
});

test("compares count as ranges; what reads and what writes is a transaction each, if it does more than one thing", () => {
  const compare = [Compare.create({ ...prefix, target: CompareTarget.MOD, result: CompareResult.GREATER })];
  const requestRange = RangeRequest.create({ key });
  const requestPut = PutRequest.create({ key, value: key });
  const reads = TxnRequest.create({ compare, success: [RequestOp.create({ requestRange })] });
  assert.deepEqual(
    counted((store) => TxnReading.open(store, reads)),
    [2, 0, 0, 1, 0],
  );
  const writes = { ...reads, success: [...reads.success, RequestOp.create({ requestPut })] };
  assert.deepEqual(
    counted((store) => applyTxn(store, writes, { leases })),
    [2, 1, 0, 1, 6],
  );
});

test("a read counts once, however it is read", () => {
  assert.deepEqual(
    counted((store) => store.range(RangeRequest.create({ key }))),
    [1, 0, 0, 0, 0],
  );
  assert.deepEqual(
    counted((store) => store.openRange(RangeRequest.create(prefix))),
    [1, 0, 0, 0, 0],
  );
});
