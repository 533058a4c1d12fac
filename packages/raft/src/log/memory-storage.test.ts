// The log in memory: what it answers inside and outside of what it holds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Entry, EntryType, emptyConfState, noBytes } from "../types.ts";
import { MemoryStorage } from "./index.ts";

const entry = (index: number, term: number): Entry => ({ index, term, type: EntryType.normal, data: noBytes });

function storageOf(...entries: Entry[]): MemoryStorage {
  const storage = new MemoryStorage();
  storage.append(entries);
  return storage;
}

test("an empty log begins at 1 and ends at 0", () => {
  const storage = new MemoryStorage();
  assert.equal(storage.firstIndex(), 1);
  assert.equal(storage.lastIndex(), 0);
  assert.equal(storage.term(0), 0);
  assert.equal(storage.term(1), "unavailable");
});

test("an append replaces what it overlaps", () => {
  const storage = storageOf(entry(1, 1), entry(2, 1), entry(3, 1));
  storage.append([entry(2, 2)]);
  assert.equal(storage.lastIndex(), 2);
  assert.equal(storage.term(2), 2);
});

test("an append that leaves a gap is a bug", () => {
  assert.throws(() => storageOf(entry(1, 1)).append([entry(3, 1)]), /log ends at 1, append starts at 3/);
});

test("a compacted log remembers the term before its first entry", () => {
  const storage = storageOf(entry(1, 1), entry(2, 2), entry(3, 2));
  assert.equal(storage.compact(2), "ok");
  assert.equal(storage.compact(2), "compacted");
  assert.equal(storage.firstIndex(), 3);
  assert.equal(storage.term(2), 2);
  assert.equal(storage.term(1), "compacted");
  assert.equal(storage.entries(2, 4, 100), "compacted");
  storage.append([entry(2, 9), entry(3, 9)]);
  assert.equal(storage.term(2), 2);
  assert.equal(storage.term(3), 9);
});

test("snapshots do not go back", () => {
  const storage = storageOf(entry(1, 1), entry(2, 1));
  const snapshot = storage.createSnapshot(2, { data: noBytes });
  assert.notEqual(snapshot, "out-of-date");
  assert.equal(storage.createSnapshot(1, { data: noBytes }), "out-of-date");
  const older = { data: noBytes, metadata: { confState: emptyConfState(), index: 1, term: 1 } };
  assert.equal(storage.applySnapshot(older), "out-of-date");
});

test("arrays that were handed out do not change", () => {
  const storage = storageOf(entry(1, 1), entry(2, 1));
  const before = storage.entries(1, 3, 100);
  storage.append([entry(2, 5)]);
  assert.deepEqual(before, [entry(1, 1), entry(2, 1)]);
});
