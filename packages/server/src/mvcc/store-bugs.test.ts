/** What went wrong with revisions, transactions and compactions in etcd, each tried on this store. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest, WatchResponse } from "@etcd-ts/proto";
import { buckets, silentLogger } from "../ports/index.ts";
import { FakeClock, MemoryBackend, MemoryDisk, RecordedMetrics, SeededRandom } from "../testing/index.ts";
import { applyDeleteRange, applyPut, applyTxn, type LeaseKeeper, MvccStore } from "./index.ts";
import { WatchHub } from "./watch/index.ts";

const leases: LeaseKeeper = { exists: () => true, attach() {}, detach() {} };
const bytes = (text: string) => new TextEncoder().encode(text);

function openOn(disk = new MemoryDisk()) {
  const clock = new FakeClock();
  const backend = new MemoryBackend({ disk });
  const parts = { backend, clock, log: silentLogger, metrics: new RecordedMetrics() };
  return { ...parts, disk, store: MvccStore.open(parts, { compactionBatchMax: 1 }) };
}

const put = (store: MvccStore, key: string) =>
  applyPut(store, PutRequest.create({ key: bytes(key), value: bytes("v") }), { leases });
const remove = (store: MvccStore, key: string) =>
  applyDeleteRange(store, DeleteRangeRequest.create({ key: bytes(key) }), { leases });

test("the applied index and the changes up to it are durable together, wherever the process dies (etcd-io/etcd#13766)", async () => {
  const random = new SeededRandom(13_766);
  for (let life = 0, disk = new MemoryDisk(); life < 40; life++) {
    const { backend, store } = openOn(disk);
    assert.equal(store.appliedIndex, store.currentRevision - 1);
    const commits: Promise<unknown>[] = [];
    for (let n = random.below(10); n >= 0; n--) {
      put(store, `k${random.below(5)}`);
      store.setApplied(store.appliedIndex + 1, 1);
      if (random.below(3) === 0) commits.push(backend.commit().catch(() => {}));
      if (random.below(3) === 0) await Promise.resolve();
    }
    store.close();
    backend.crash({ keepsRunningCommit: random.below(2) === 0 });
    await Promise.all(commits);
    disk = disk.copy();
  }
});

test("the revision does not go back when the process dies anywhere in a compaction (etcd-io/etcd#17780)", async () => {
  const { disk, backend, clock, store } = openOn();
  for (const key of ["a", "b", "c"]) put(store, key);
  for (const key of ["a", "b", "c"]) remove(store, key);
  const revision = store.currentRevision;
  store.compact(revision);
  const sizes = new Set<number>();
  for (let step = 0; step < 30; step++) {
    await backend.commit();
    const after = openOn(disk.copy());
    assert.equal(after.store.currentRevision, revision);
    assert.equal(after.store.compactRevision, revision);
    after.clock.advance(1000);
    put(after.store, "next");
    assert.equal(after.store.currentRevision, revision + 1);
    sizes.add(disk.bucket(buckets.key).size);
    clock.advance(1);
  }
  assert.ok(sizes.size >= 3, `the process died before, in and behind the compaction: ${[...sizes]}`);
});

test("a watch from the compacted revision on is told of a deletion at it, after a restart too (etcd-io/etcd#18089, #19179)", async () => {
  const first = openOn();
  put(first.store, "a");
  put(first.store, "b");
  remove(first.store, "a");
  const deletion = first.store.currentRevision;
  first.store.compact(deletion);
  first.clock.advance(1000);
  await first.backend.commit();
  for (const { store, clock, metrics } of [first, openOn(first.disk.copy())]) {
    const told: string[] = [];
    const headers = { at: (revision: number) => ({ clusterId: 1n, memberId: 1n, revision, raftTerm: 1 }) };
    const hub = new WatchHub({ history: store, clock, log: silentLogger, metrics, headers });
    const send = (message: Uint8Array) => {
      for (const { type, kv } of WatchResponse.decode(message).events) told.push(`${type} ${kv!.modRevision}`);
      return true;
    };
    const request = { key: bytes("a"), rangeEnd: bytes(""), startRevision: deletion, watchId: 0, filters: [] };
    hub.openStream({ send }).create({ ...request, progressNotify: false, prevKv: false, fragment: false });
    clock.advance(10);
    assert.deepEqual(told, [`1 ${deletion}`]);
    hub.close();
  }
});

test("a transaction that reads a compacted or a future revision changes nothing, whatever else it does (etcd-io/etcd#18667, #21432)", async () => {
  const { clock, store } = openOn();
  for (let n = 0; n < 5; n++) put(store, "a");
  store.compact(4);
  const requestPut = PutRequest.create({ key: bytes("new"), value: bytes("v") });
  const hash = await store.hashKv(0);
  for (const [revision, error] of [
    [3, "compacted"],
    [7, "futureRevision"],
  ] as const) {
    const read = RequestOp.create({ requestRange: RangeRequest.create({ key: bytes("a"), revision }) });
    const write = RequestOp.create({ requestPut });
    const nested = RequestOp.create({ requestTxn: TxnRequest.create({ success: [read] }) });
    for (const success of [
      [write, read],
      [read, write],
      [write, nested],
      [nested, write],
    ]) {
      // Done or not, the compaction decides nothing.
      clock.advance(10);
      assert.deepEqual(applyTxn(store, TxnRequest.create({ success }), { leases }), { error });
      assert.equal(store.newest(bytes("new")), undefined);
      assert.deepEqual(await store.hashKv(0), hash);
    }
  }
});
