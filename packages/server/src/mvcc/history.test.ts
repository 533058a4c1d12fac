import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../ports/index.ts";
import { FakeClock, MemoryBackend, RecordedMetrics } from "../testing/index.ts";
import { type LeaseKeeper, MvccStore } from "./index.ts";

const leases: LeaseKeeper = { exists: () => true, attach() {}, detach() {} };

/** A store whose every revision holds so many events of so many bytes. */
function storeOf(shape: { revisions: number; eventsEach: number; valueBytes: number }): MvccStore {
  const parts = { backend: new MemoryBackend(), clock: new FakeClock(), log: silentLogger };
  const store = MvccStore.open({ ...parts, metrics: new RecordedMetrics() });
  for (let n = 0; n < shape.revisions; n++) {
    store.write(leases, (txn) => {
      for (let key = 0; key < shape.eventsEach; key++) {
        txn.put(Uint8Array.of(key), { value: new Uint8Array(shape.valueBytes), lease: 0n });
      }
    });
  }
  return store;
}

/** All history in parts; how many revisions each part held. */
function partsOf(store: MvccStore): number[] {
  const counts: number[] = [];
  let next = 2;
  for (let part = store.history(next, store.currentRevision, 512); part.length > 0; ) {
    assert.deepEqual(
      part.map(({ revision }) => revision),
      part.map((_, i) => next + i),
    );
    counts.push(part.length);
    next += part.length;
    part = store.history(next, store.currentRevision, 512);
  }
  assert.equal(next, store.currentRevision + 1);
  return counts;
}

test("history() reads about a mebibyte of large values at a time, and a larger revision whole", () => {
  const half = 512 * 1024;
  assert.deepEqual(partsOf(storeOf({ revisions: 5, eventsEach: 1, valueBytes: half })), [1, 1, 1, 1, 1]);
  assert.deepEqual(partsOf(storeOf({ revisions: 40, eventsEach: 1, valueBytes: 100_000 })), [10, 10, 10, 10]);
  assert.deepEqual(partsOf(storeOf({ revisions: 3, eventsEach: 5, valueBytes: half })), [1, 1, 1]);
});

test("history() reads as many small values as were asked for", () => {
  assert.deepEqual(partsOf(storeOf({ revisions: 1000, eventsEach: 1, valueBytes: 10 })), [511, 489]);
});
