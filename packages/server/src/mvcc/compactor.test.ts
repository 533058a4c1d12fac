import assert from "node:assert/strict";
import { test } from "node:test";
import { DeleteRangeRequest, KeyValue, PutRequest, RangeRequest } from "@etcd-ts/proto";
import { buckets, silentLogger } from "../ports/index.ts";
import { FakeClock, MemoryBackend, MemoryDisk, RecordedMetrics } from "../testing/index.ts";
import { applyDeleteRange, applyPut, isFailure, type LeaseKeeper, MvccStore } from "./index.ts";

const leases: LeaseKeeper = { exists: () => true, attach() {}, detach() {} };
const bytes = (text: string) => new TextEncoder().encode(text);
const everything = { key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0) };

function openOn(disk: MemoryDisk, options: { compactionPauseMs?: number; compactionBatchMax?: number } = {}) {
  const clock = new FakeClock();
  const backend = new MemoryBackend({ disk });
  const metrics = new RecordedMetrics();
  return { clock, backend, metrics, store: MvccStore.open({ backend, clock, log: silentLogger, metrics }, options) };
}

const put = (store: MvccStore, key: string, value = "") =>
  applyPut(store, PutRequest.create({ key: bytes(key), value: bytes(value) }), { leases });
const entries = (backend: MemoryBackend) =>
  backend.slice(buckets.key, { start: new Uint8Array(0), limit: 100_000 }).length;

test("compact() takes effect at once, and `done` resolves when what was dropped is durably gone", async () => {
  const disk = new MemoryDisk();
  const { clock, backend, metrics, store } = openOn(disk);
  for (let n = 0; n < 10; n++) put(store, "a", `${n}`);
  const compaction = store.compact(8);
  assert.ok(!isFailure(compaction));
  assert.equal(store.compactRevision, 8);
  assert.deepEqual(store.range(RangeRequest.create({ key: bytes("a"), revision: 7 })), { error: "compacted" });
  assert.equal(entries(backend), 10);
  clock.advance(10);
  await compaction.done;
  assert.equal(entries(backend), 4);
  assert.equal(disk.bucket(buckets.key).size, 4);
  assert.equal(metrics.value("etcd_debugging_mvcc_db_compaction_keys_total"), 6);
  assert.equal(clock.pendingTimers, 0);
});

test("a compaction that a crash cuts short goes on after the restart, and the revision does not go back", async () => {
  const disk = new MemoryDisk();
  const before = openOn(disk);
  for (let n = 0; n < 5000; n++) put(before.store, `k${n}`, "1");
  for (let n = 0; n < 5000; n++) {
    applyDeleteRange(before.store, DeleteRangeRequest.create({ key: bytes(`k${n}`) }), { leases });
  }
  const revision = before.store.currentRevision;
  put(before.store, "last");
  before.store.compact(revision + 1);
  before.clock.advance(5);
  await before.backend.commit();
  const left = disk.bucket(buckets.key).size;
  assert.ok(left > 1 && left < 10_001, `the crash comes in the middle: ${left}`);
  before.store.close();
  before.backend.crash();

  const after = openOn(disk);
  assert.equal(after.store.currentRevision, revision + 1);
  assert.equal(after.store.compactRevision, revision + 1);
  after.clock.advance(1000);
  assert.equal(entries(after.backend), 1);
  assert.equal(after.store.keyCount, 1);
});

test("an open range keeps compaction from its revision until it is read or closed", () => {
  const { clock, backend, store } = openOn(new MemoryDisk());
  for (let n = 0; n < 3000; n++) put(store, `k${n % 300}`, `${n}`);
  const read = store.openRange(RangeRequest.create(everything));
  const closed = store.openRange(RangeRequest.create(everything));
  assert.ok(!isFailure(read) && !isFailure(closed));
  const revision = store.currentRevision;
  for (let n = 0; n < 300; n++) put(store, `k${n}`, "new");
  store.compact(store.currentRevision);
  const kvs: KeyValue[] = [];
  while (!read.done) {
    clock.advance(50);
    for (const record of read.next({ bytesMax: 200, keysMax: 10 })) kvs.push(KeyValue.decode(record));
  }
  assert.equal(kvs.length, 300);
  assert.ok(kvs.every(({ modRevision }) => modRevision <= revision));
  clock.advance(1000);
  assert.equal(entries(backend), 3300);
  closed.close();
  clock.advance(1000);
  assert.equal(entries(backend), 300);
});

test("a tombstone at exactly the compacted revision stays for its watchers, an older one goes", () => {
  const { clock, store } = openOn(new MemoryDisk());
  put(store, "a");
  put(store, "b");
  applyDeleteRange(store, DeleteRangeRequest.create({ key: bytes("a") }), { leases });
  applyDeleteRange(store, DeleteRangeRequest.create({ key: bytes("b") }), { leases });
  const revision = store.currentRevision;
  store.compact(revision);
  clock.advance(100);
  const told = store.history(revision, revision, 10);
  assert.deepEqual(
    told.map(({ revision: main, events }) => [main, events.map(({ key }) => key)]),
    [[revision, [bytes("b")]]],
  );
  put(store, "c");
  store.compact(revision + 1);
  clock.advance(100);
  assert.equal(store.history(1, revision, 10).length, 0);
});

test("who waits for the space of a compaction that is stopped, by a leader's snapshot for example, does not wait for ever", async () => {
  const { store } = openOn(new MemoryDisk());
  for (let n = 0; n < 10; n++) put(store, "a", `${n}`);
  const compactions = [store.compact(5), store.compact(8)];
  store.reload();
  for (const compaction of compactions) {
    assert.ok(!isFailure(compaction));
    await assert.rejects(compaction.done, { code: "stopped" });
  }
});

test("one key with many versions is compacted in slices too", () => {
  const { clock, metrics, store } = openOn(new MemoryDisk());
  for (let n = 0; n < 20_000; n++) put(store, "hot", `${n}`);
  store.compact(store.currentRevision);
  clock.advance(10_000);
  assert.equal(metrics.value("etcd_debugging_mvcc_db_compaction_keys_total"), 19_999);
  assert.ok(metrics.value("etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds")! >= 20);
});

for (const [compactionBatchMax, batches] of [
  [100, 60],
  [10_000, 1],
] as const) {
  test(`a compaction rests after every ${compactionBatchMax} changes, about ${batches} times for 5,000`, () => {
    const { clock, store } = openOn(new MemoryDisk(), { compactionPauseMs: 1000, compactionBatchMax });
    for (let n = 0; n < 5000; n++) put(store, "a", `${n}`);
    store.compact(store.currentRevision);
    clock.advance(1000 * (batches / 2));
    assert.equal(clock.pendingTimers, 1);
    clock.advance(1000 * batches);
    assert.equal(clock.pendingTimers, 0);
  });
}
