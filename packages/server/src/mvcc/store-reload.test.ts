/** What becomes of reads that are under way when a leader's snapshot replaces the store. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EtcdError, KeyValue, PutRequest, RangeRequest } from "@etcd-ts/proto";
import { type BackendPair, buckets, silentLogger } from "../ports/index.ts";
import { FakeClock, MemoryBackend, RecordedMetrics } from "../testing/index.ts";
import { applyPut, isFailure, MvccStore, type RangeCursor } from "./index.ts";

const noLeases = { exists: () => false, attach() {}, detach() {} };
const everything = { key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0) };
/** More than one slice of a hash. */
const keys = 600;

function openStore() {
  const backend = new MemoryBackend();
  const clock = new FakeClock();
  const parts = { backend, clock, log: silentLogger, metrics: new RecordedMetrics() };
  return { backend, clock, store: MvccStore.open(parts, { cacheBytesMax: 100, compactionPauseMs: 1 }) };
}

/** Puts every key once more. */
function putAll(store: MvccStore, value: number): void {
  for (let index = 0; index < keys; index++) {
    const request = PutRequest.create({ key: Uint8Array.of(1, index >> 8, index & 255), value: Uint8Array.of(value) });
    applyPut(store, request, { leases: noLeases });
  }
}

/** A store with one generation of keys, and a leader's with two, of which the first may be compacted. */
async function behindLeader({ compacted }: { compacted: boolean }) {
  const follower = openStore();
  putAll(follower.store, 1);
  const leader = openStore();
  putAll(leader.store, 1);
  putAll(leader.store, 2);
  if (compacted) {
    const compaction = leader.store.compact(leader.store.currentRevision);
    assert.ok(!isFailure(compaction));
    for (let round = 0; round < 100; round++) {
      leader.clock.advance(10);
      await new Promise<void>((resolve) => setImmediate(resolve));
      await leader.backend.commit();
    }
    await compaction.done;
  }
  await leader.backend.commit();
  const install = () => follower.backend.replace(contentOf(leader.backend), () => follower.store.reload());
  return { ...follower, leader, install };
}

async function* contentOf(backend: MemoryBackend): AsyncGenerator<BackendPair> {
  const view = backend.view();
  for (const bucket of Object.values(buckets)) {
    for (const { key, value } of view.slice(bucket, { start: new Uint8Array(0), limit: 100_000 }))
      yield { bucket, key, value };
  }
  view.close();
}

function openRange(store: MvccStore): RangeCursor {
  const cursor = store.openRange(RangeRequest.create(everything));
  assert.ok(!isFailure(cursor));
  return cursor;
}

/** The values that are still to come, each once. */
function valuesOf(cursor: RangeCursor): number[] {
  const values: number[] = [];
  while (!cursor.done)
    for (const kv of cursor.next({ bytesMax: 200, keysMax: 10 })) values.push(KeyValue.decode(kv).value[0]!);
  return values;
}

test("a range read in slices goes on at its revision when a snapshot replaces the store, and mixes nothing", async () => {
  const { store, install } = await behindLeader({ compacted: false });
  const cursor = openRange(store);
  const first = cursor.next({ bytesMax: 200, keysMax: 10 });
  await install();
  const values = valuesOf(cursor);
  assert.equal(first.length + values.length, keys);
  assert.deepEqual([...new Set(values)], [1]);
  assert.equal(cursor.count, keys);
  assert.deepEqual([...new Set(valuesOf(openRange(store)))], [2]);
});

test("such a range is told that its revision is compacted when the new store has it no more", async () => {
  const { store, install } = await behindLeader({ compacted: true });
  const cursor = openRange(store);
  cursor.next({ bytesMax: 200, keysMax: 10 });
  await install();
  assert.throws(
    () => valuesOf(cursor),
    (error) => error instanceof EtcdError && error.code === "compacted",
  );
  cursor.close();
  assert.equal(valuesOf(openRange(store)).length, keys);
});

test("a hash that a snapshot overtakes is that of the new store, not of a mixture", async () => {
  for (const compacted of [false, true]) {
    const { store, clock, leader, install } = await behindLeader({ compacted });
    const hashing = store.hashKv(0);
    await install();
    const run = setInterval(() => {
      clock.advance(1);
      leader.clock.advance(1);
    }, 0);
    const outcomes = await Promise.all([hashing, leader.store.hashKv(0)]);
    clearInterval(run);
    assert.deepEqual(outcomes[0], outcomes[1]);
  }
});
