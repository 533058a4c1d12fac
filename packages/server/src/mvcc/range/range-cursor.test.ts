import assert from "node:assert/strict";
import { test } from "node:test";
import { PutRequest, RangeRequest, SortOrder, SortTarget } from "@etcd-ts/proto";
import { silentLogger } from "../../ports/index.ts";
import { FakeClock, MemoryBackend, RecordedMetrics } from "../../testing/index.ts";
import { applyPut, isFailure, MvccStore, type RangeCursor } from "../index.ts";

const noLeases = { exists: () => false, attach() {}, detach() {} };
const everything = { key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0) };

function storeOf(keys: number, valueBytes: number): MvccStore {
  const backend = new MemoryBackend();
  const metrics = new RecordedMetrics();
  const store = MvccStore.open({ backend, clock: new FakeClock(), log: silentLogger, metrics }, { cacheBytesMax: 100 });
  for (let index = 0; index < keys; index++) {
    const key = Uint8Array.of(1, index >> 8, index & 255);
    applyPut(store, PutRequest.create({ key, value: new Uint8Array(valueBytes) }), { leases: noLeases });
  }
  return store;
}

function open(store: MvccStore, request: Partial<RangeRequest>): RangeCursor {
  const cursor = store.openRange(RangeRequest.create({ ...everything, ...request }));
  assert.ok(!isFailure(cursor));
  return cursor;
}

test("counting alone answers no `more`, in whatever order", () => {
  const store = storeOf(3, 1);
  for (const sortOrder of Object.values(SortOrder)) {
    const { done, more, count } = open(store, { countOnly: true, limit: 1, sortOrder });
    assert.deepEqual({ done, more, count }, { done: true, more: false, count: 3 });
  }
});

test("a slice reads no more than its bytes and a record, also when it filters, sorts or answers keys alone", () => {
  const store = storeOf(300, 1000);
  const kinds: Partial<RangeRequest>[] = [
    {},
    { keysOnly: true },
    { minModRevision: 290 },
    { sortOrder: SortOrder.DESCEND },
    { sortTarget: SortTarget.CREATE, sortOrder: SortOrder.DESCEND },
  ];
  for (const kind of kinds) {
    const cursor = open(store, kind);
    let slices = 0;
    for (; !cursor.done; slices++) assert.ok(cursor.next({ bytesMax: 10_000, keysMax: 1000 }).length <= 10);
    assert.ok(slices >= 30, `${slices} slices`);
  }
});

test("key-values that are visited are those that would have been kept", () => {
  const store = storeOf(20, 50);
  for (const keysOnly of [false, true]) {
    const kept = open(store, { keysOnly }).next({ bytesMax: 10_000, keysMax: 100 });
    const visited: Uint8Array[] = [];
    open(store, { keysOnly }).visit({ bytesMax: 10_000, keysMax: 100 }, (kv) => visited.push(kv.slice()));
    assert.deepEqual(visited, kept);
  }
});
