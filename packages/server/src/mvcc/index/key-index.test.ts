import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareBytes } from "../../lib/bytes.ts";
import { KeyIndex, tombstoneAt } from "./key-index.ts";
import { RestoreBatch } from "./restore-batch.ts";

interface Change {
  main: number;
  sub: number;
  tombstone: boolean;
}

/** The index as a list of changes per key, every question answered by looking at all of it. */
class NaiveIndex {
  changes = new Map<string, { key: Uint8Array; list: Change[] }>();

  add(key: Uint8Array, change: Change): void {
    const known = this.changes.get(key.toString());
    if (known === undefined) this.changes.set(key.toString(), { key, list: [change] });
    else known.list.push(change);
  }

  visible(start: Uint8Array, end: Uint8Array | undefined, revision: number): { main: number; sub: number }[] {
    return [...this.changes.values()]
      .filter(({ key }) => compareBytes(key, start) >= 0 && (end === undefined || compareBytes(key, end) < 0))
      .sort((a, b) => compareBytes(a.key, b.key))
      .map(({ list }) => list.findLast(({ main }) => main <= revision))
      .filter((change) => change !== undefined && !change.tombstone)
      .map((change) => ({ main: change!.main, sub: change!.sub }));
  }

  compact(revision: number): Change[] {
    const dropped: Change[] = [];
    for (const [name, { list }] of this.changes) {
      const newest = list.findLast(({ main }) => main <= revision);
      const kept = list.filter(
        (change) => change.main > revision || (change === newest && !(change.tombstone && change.main < revision)),
      );
      dropped.push(...list.filter((change) => !kept.includes(change)));
      list.splice(0, list.length, ...kept);
      if (kept.length === 0) this.changes.delete(name);
    }
    return dropped;
  }
}

function changeBoth(
  index: KeyIndex,
  model: NaiveIndex,
  change: { key: Uint8Array; main: number; sub: number; put: boolean },
) {
  const { key, main, sub, put } = change;
  const before = index.newest(key);
  const live = before !== undefined && !before.dead;
  if (!put && !live) return;
  if (put) index.put(key, { main, sub, leased: false });
  else index.bury(key, { main, sub });
  model.add(key, { main, sub, tombstone: !put });
}

function compactBoth(index: KeyIndex, model: NaiveIndex, revision: number, workMax: number): void {
  const dropped: Change[] = [];
  let from: Uint8Array | undefined = new Uint8Array(0);
  while (from !== undefined) {
    from = index.compact(from, {
      revision,
      workMax,
      drop: (main, sub, tombstone) => dropped.push({ main, sub, tombstone }),
    });
  }
  const order = (a: Change, b: Change) => a.main - b.main || a.sub - b.sub;
  assert.deepEqual(dropped.sort(order), model.compact(revision).sort(order));
}

function assertSame(
  index: KeyIndex,
  model: NaiveIndex,
  question: { start: Uint8Array; end?: Uint8Array; revision: number },
) {
  const { start, end, revision } = question;
  const found: { main: number; sub: number }[] = [];
  index.scan({ start, end }, { revision }, (main, sub) => found.push({ main, sub }) > 0);
  assert.deepEqual(found, model.visible(start, end, revision));
}

function assertCounts(index: KeyIndex, model: NaiveIndex, start: Uint8Array, end: Uint8Array | undefined) {
  const live = model.visible(start, end, Number.MAX_SAFE_INTEGER);
  assert.equal(index.count({ start, end }), live.length);
  const first = index.rank(start);
  live.forEach((revision, n) => {
    const key = index.keyOfRank(first + n)!;
    assert.deepEqual(index.get(key, Number.MAX_SAFE_INTEGER), revision);
  });
  assert.equal(index.size, model.changes.size);
}

const key = fc.uint8Array({ minLength: 1, maxLength: 2, max: 20 });
const step = fc.oneof(
  { weight: 20, arbitrary: fc.record({ key, put: fc.boolean(), sameTxn: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ compactBack: fc.nat(30), workMax: fc.nat(50) }) },
);

test("KeyIndex agrees with a list of all changes through puts, tombstones and compactions", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 1500, size: "max" }), key, key, fc.nat(), (steps, start, end, back) => {
      const index = new KeyIndex();
      const model = new NaiveIndex();
      let [main, sub, compacted] = [1, 0, 0];
      let changed = new Set<string>();
      for (const action of steps) {
        if ("compactBack" in action) {
          compacted = Math.max(compacted, main - action.compactBack);
          compactBoth(index, model, compacted, action.workMax + 1);
          continue;
        }
        if (action.sameTxn && !changed.has(action.key.toString())) sub++;
        else [main, sub, changed] = [main + 1, 0, new Set()];
        changed.add(action.key.toString());
        changeBoth(index, model, { key: action.key, put: action.put, main, sub });
      }
      const revision = compacted + (back % (main - compacted + 1));
      for (const at of [main, revision]) {
        assertSame(index, model, { start, end, revision: at });
        assertSame(index, model, { start: new Uint8Array(0), revision: at });
      }
      assertCounts(index, model, start, end);
      assertCounts(index, model, new Uint8Array(0), undefined);
      for (const { key, list } of model.changes.values()) assert.deepEqual(index.changesOf(key), list);
    }),
    { numRuns: 40 },
  );
});

test("KeyIndex keeps its order and counts through tens of thousands of keys put, deleted and compacted", () => {
  const index = new KeyIndex();
  const model = new NaiveIndex();
  const keyOf = (n: number) => Uint8Array.from(`/registry/${(n * 7919) % 30_011}`, (c) => c.charCodeAt(0));
  let main = 1;
  for (let n = 0; n < 30_011; n++) changeBoth(index, model, { key: keyOf(n), main: ++main, sub: 0, put: true });
  const all = new Uint8Array(0);
  assertSame(index, model, { start: all, revision: main });
  for (let n = 0; n < 30_011; n++) {
    if (n % 37 !== 0) changeBoth(index, model, { key: keyOf(n), main: ++main, sub: 0, put: false });
  }
  assertCounts(index, model, keyOf(5), undefined);
  compactBoth(index, model, main - 1000, 200);
  assertSame(index, model, { start: all, revision: main - 1000 });
  assertCounts(index, model, all, undefined);
  for (let n = 0; n < 5000; n++) changeBoth(index, model, { key: keyOf(n * 3), main: ++main, sub: 0, put: true });
  assertSame(index, model, { start: all, revision: main });
  assertCounts(index, model, all, keyOf(7));
});

test("KeyIndex takes keys of any length, a megabyte too", () => {
  const index = new KeyIndex();
  const keys = Array.from({ length: 200 }, (_, n) => new Uint8Array(n % 10 === 0 ? 100_000 : n + 1).fill(n));
  keys.forEach((key, n) => {
    index.put(key, { main: n + 2, sub: 0, leased: false });
  });
  assert.equal(index.liveCount, 200);
  keys.forEach((key, n) => {
    assert.deepEqual(index.get(key, 1000), { main: n + 2, sub: 0 });
  });
});

test("KeyIndex remembers a thousand changes of one key and finds each by revision", () => {
  const index = new KeyIndex();
  const hot = Uint8Array.of(1);
  for (let main = 2; main < 10_000; main += 2) {
    index.put(hot, { main, sub: 3, leased: false });
  }
  for (let main = 2; main < 10_000; main++) {
    assert.deepEqual(index.get(hot, main), { main: main - (main % 2), sub: 3 });
  }
  assert.equal(index.get(hot, 1), undefined);
  let dropped = 0;
  let from: Uint8Array | undefined = new Uint8Array(0);
  for (let slices = 0; from !== undefined; slices++) {
    const before = dropped;
    from = index.compact(from, { revision: 9000, workMax: 10, drop: () => dropped++ });
    assert.ok(dropped - before <= 10);
    assert.ok(slices < 1000);
  }
  assert.equal(dropped, 4499);
  assert.deepEqual(index.get(hot, 9001), { main: 9000, sub: 3 });
  assert.deepEqual(index.get(hot, 9999), { main: 9998, sub: 3 });
});

test("KeyIndex restored from stored changes, in batches, is the index that made them", () => {
  const change = fc.record({ key, put: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(fc.array(change, { maxLength: 800, size: "max" }), { maxLength: 4, size: "max" }),
      key,
      (batches, start) => {
        const index = new KeyIndex();
        const model = new NaiveIndex();
        const batch = new RestoreBatch();
        let main = 1;
        for (const changes of batches) {
          for (const { key, put } of changes) {
            const newest = model.changes.get(key.toString())?.list.at(-1);
            if (!put && newest?.tombstone !== false) continue;
            model.add(key, { main: ++main, sub: 0, tombstone: !put });
            const state = { createRevision: main, modRevision: main, sub: 0, version: 1, dead: false, leased: false };
            batch.add(key, put ? state : tombstoneAt(main, 0));
          }
          index.restore(batch);
        }
        assertSame(index, model, { start, revision: main });
        assertSame(index, model, { start: new Uint8Array(0), revision: main >> 1 });
        assertCounts(index, model, start, undefined);
        for (const { key, list } of model.changes.values()) assert.deepEqual(index.changesOf(key), list);
      },
    ),
    { numRuns: 20 },
  );
});
