import assert from "node:assert/strict";
import { test } from "node:test";
import { DeleteRangeRequest, PutRequest } from "@etcd-ts/proto";
import { silentLogger } from "../ports/index.ts";
import { FakeClock, MemoryBackend, RecordedMetrics } from "../testing/index.ts";
import { applyDeleteRange, applyPut, isFailure, type LeaseKeeper, MvccStore } from "./index.ts";

const leases: LeaseKeeper = { exists: () => true, attach() {}, detach() {} };
const bytes = (text: string) => new TextEncoder().encode(text);

function openStore() {
  const clock = new FakeClock();
  const parts = { backend: new MemoryBackend(), clock, log: silentLogger, metrics: new RecordedMetrics() };
  return { clock, store: MvccStore.open(parts) };
}

/** What etcd 3.4.23 was given when the hashes below were recorded. */
function fill(store: MvccStore): void {
  for (const [key, value] of ["a=1", "b=2", "a=3", "c=4"].map((pair) => pair.split("="))) {
    applyPut(store, PutRequest.create({ key: bytes(key!), value: bytes(value!) }), { leases });
  }
  applyDeleteRange(store, DeleteRangeRequest.create({ key: bytes("b") }), { leases });
  applyPut(store, PutRequest.create({ key: bytes("b"), value: bytes("5") }), { leases });
}

test("hashKv() equals the hashes etcd 3.4.23 gave for the same changes, before and after a compaction", async () => {
  const { clock, store } = openStore();
  fill(store);
  const recorded: Record<number, number> = {
    2: 2587454935,
    3: 1827592406,
    4: 2069675932,
    5: 537724440,
    6: 1227893474,
    7: 234963502,
  };
  for (const [revision, hash] of Object.entries(recorded)) {
    const found = await store.hashKv(Number(revision));
    assert.ok(!isFailure(found));
    assert.equal(found.hash, hash);
    assert.equal(found.compactRevision, -1);
  }
  store.compact(5);
  for (const compacted of [false, true]) {
    if (compacted) clock.advance(1000);
    const found = await store.hashKv(0);
    assert.deepEqual(found, { hash: 2700477971, hashRevision: 7, currentRevision: 7, compactRevision: 5 });
  }
});

test("hashKv() equals etcd's where a compaction leaves nothing, or nothing that the hashed revision sees", async () => {
  const { clock, store } = openStore();
  const put = (key: string) => applyPut(store, PutRequest.create({ key: bytes(key), value: bytes("1") }), { leases });
  const remove = (key: string) => applyDeleteRange(store, DeleteRangeRequest.create({ key: bytes(key) }), { leases });
  // What etcd 3.4.23 answered behind each step, its compactions being complete.
  const steps: [() => unknown, number][] = [
    [() => put("a"), 2587454935],
    [() => store.compact(2), 2587454935],
    [() => remove("a"), 3520211144],
    [() => store.compact(3), 1084519789],
    [() => put("b"), 3584256279],
    [() => remove("b"), 789700534],
    [() => store.compact(5), 1084519789],
  ];
  for (const [step, hash] of steps) {
    step();
    for (const waitMs of [0, 1000]) {
      clock.advance(waitMs);
      const found = await store.hashKv(0);
      assert.ok(!isFailure(found));
      assert.equal(found.hash, hash);
    }
  }
});

test("hashKv() refuses compacted revisions, the compacted one too, and future ones", async () => {
  const { store } = openStore();
  fill(store);
  store.compact(5);
  assert.deepEqual(await store.hashKv(5), { error: "compacted" });
  assert.deepEqual(await store.hashKv(8), { error: "futureRevision" });
});

test("hashKv() does not depend on how far a compaction has come at a revision that deletes and puts one key", async () => {
  const { clock, store } = openStore();
  fill(store);
  store.write(leases, (txn) => {
    txn.deleteRange({ start: bytes("a"), end: undefined });
    txn.put(bytes("b"), { value: bytes("6"), lease: 0n });
  });
  applyDeleteRange(store, DeleteRangeRequest.create({ key: bytes("b") }), { leases });
  const compacted = store.currentRevision - 1;
  store.compact(compacted);
  const before = await store.hashKv(0);
  clock.advance(1000);
  assert.deepEqual(await store.hashKv(0), before);
});
