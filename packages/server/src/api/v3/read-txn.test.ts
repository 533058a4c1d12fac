import assert from "node:assert/strict";
import { test } from "node:test";
import { PutRequest, RangeRequest, RequestOp, type ResponseHeader, TxnRequest, TxnResponse } from "@etcd-ts/proto";
import { applyPut, type LeaseKeeper, MvccStore } from "../../mvcc/index.ts";
import { silentLogger } from "../../ports/index.ts";
import { FakeClock, MemoryBackend, MemoryDisk, RecordedMetrics } from "../../testing/index.ts";
import { LongReads } from "./long-reads.ts";
import { type ReadTxnParts, readTxn } from "./read-txn.ts";

const leases: LeaseKeeper = { exists: () => true, attach() {}, detach() {} };
const everything = RequestOp.create({
  requestRange: RangeRequest.create({ key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0), serializable: true }),
});

/** A member with so many keys, and calls of Txn that remember how they ended. */
function fixture(keys: number) {
  const backend = new MemoryBackend({ disk: new MemoryDisk() });
  const store = MvccStore.open({
    ...{ backend, clock: new FakeClock(), log: silentLogger, metrics: new RecordedMetrics() },
  });
  for (let i = 0; i < keys; i++) {
    applyPut(store, PutRequest.create({ key: new TextEncoder().encode(`key${i}`) }), { leases });
  }
  const turns: (() => void)[] = [];
  const reads = new LongReads((run) => void turns.push(run));
  const header = (revision: number): ResponseHeader => ({ clusterId: 1n, memberId: 1n, revision, raftTerm: 1 });
  const call = () => {
    const ended = { response: undefined as TxnResponse | undefined, cancel() {} };
    const unary = {
      path: "/etcdserverpb.KV/Txn",
      cancelled: false,
      onCancel: (run: () => void) => {
        ended.cancel = run;
      },
      reply: (message: Uint8Array) => {
        ended.response = TxnResponse.decode(message);
      },
      fail: () => assert.fail("a call failed"),
    };
    const parts = { router: { log: silentLogger }, member: { store, header }, reads, call: unary };
    readTxn(parts as unknown as ReadTxnParts, TxnRequest.create({ success: Array(8).fill(everything) }));
    return ended;
  };
  const run = () => {
    let count = 0;
    for (; turns.length > 0; count++) turns.shift()!();
    return count;
  };
  return { store, call, run };
}

test("a short transaction that only reads is answered at once", () => {
  const { call } = fixture(3);
  assert.equal(call().response?.responses.length, 8);
});

test("a long one does not hold up the event loop: it is read over many turns, and then answered whole", () => {
  const { call, run } = fixture(3000);
  const ended = call();
  const atOnce = ended.response;
  assert.equal(atOnce, undefined);
  assert.ok(run() > 30);
  assert.deepEqual(
    ended.response?.responses.map(({ responseRange }) => responseRange?.count),
    Array(8).fill(3000),
  );
});

test("only a few long ones are read at a time, the others after them, and who goes lets the next one in", () => {
  const { call, run } = fixture(3000);
  const calls = Array.from({ length: 8 }, call);
  calls[0]!.cancel();
  run();
  assert.deepEqual(
    calls.map(({ response }) => response?.responses.length),
    [undefined, 8, 8, 8, 8, 8, 8, 8],
  );
});
