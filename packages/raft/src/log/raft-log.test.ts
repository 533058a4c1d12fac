// The log against one plain array, through appends, overwrites, writes that complete late, and compactions.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { entriesSize } from "../codec/index.ts";
import { type Entry, EntryType } from "../types.ts";
import { MemoryStorage, RaftLog } from "./index.ts";

const noLimit = Number.POSITIVE_INFINITY;

function entriesOf(first: number, terms: readonly number[]): Entry[] {
  return terms.map((term, i) => ({ term, index: first + i, type: EntryType.normal, data: new Uint8Array(term % 3) }));
}

type Step = { leader: number; count: number } | { store: true } | { compact: true };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ leader: fc.nat({ max: 6 }), count: fc.integer({ min: 1, max: 4 }) }),
  fc.constant<Step>({ store: true }),
  fc.constant<Step>({ compact: true }),
);

/** A leader of a new term replaces everything from `back` entries before the end. */
function append(
  log: RaftLog,
  model: Entry[],
  { back, term, count }: { back: number; term: number; count: number },
): void {
  const prevIndex = Math.max(log.committed, model.length - back);
  const prevTerm = model[prevIndex - 1]?.term ?? 0;
  const entries = entriesOf(
    prevIndex + 1,
    Array.from({ length: count }, () => term),
  );
  assert.equal(log.maybeAppend({ prevIndex, prevTerm, entries, commit: prevIndex }), prevIndex + count);
  model.splice(prevIndex, model.length, ...entries);
}

function store(log: RaftLog, storage: MemoryStorage): void {
  const entries = log.unstable.nextEntries();
  log.unstable.acceptInProgress();
  storage.append(entries);
  const last = entries.at(-1);
  if (last !== undefined) log.unstable.stableTo(last.index, last.term);
}

function compact(log: RaftLog, storage: MemoryStorage): void {
  const upTo = Math.min(log.committed, log.unstable.offset - 1);
  if (upTo >= storage.firstIndex()) storage.compact(upTo);
}

function assertSame(log: RaftLog, model: readonly Entry[], limit: number): void {
  const first = log.firstIndex();
  assert.equal(log.lastIndex(), model.length);
  for (let index = first; index <= model.length; index++) assert.equal(log.term(index), model[index - 1]!.term);
  assert.deepEqual(log.entriesFrom(first, noLimit), model.slice(first - 1));
  const limited = log.entriesFrom(first, limit);
  assert.ok(typeof limited !== "string");
  assert.deepEqual(limited, model.slice(first - 1, first - 1 + limited.length));
  const next = model[first - 1 + limited.length];
  assert.ok(limited.length <= 1 || entriesSize(limited) <= limit);
  assert.ok(limited.length > 0 || next === undefined);
  assert.ok(next === undefined || entriesSize([...limited, next]) > limit);
}

test("the log is what an array would be", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.nat({ max: 40 }), (steps, limit) => {
      const storage = new MemoryStorage();
      const log = new RaftLog(storage, noLimit);
      const model: Entry[] = [];
      steps.forEach((one, i) => {
        if ("leader" in one) append(log, model, { back: one.leader, term: i + 1, count: one.count });
        else if ("store" in one) store(log, storage);
        else compact(log, storage);
        assertSame(log, model, limit);
      });
    }),
  );
});

function logOf(terms: readonly number[]): RaftLog {
  const storage = new MemoryStorage();
  storage.append(entriesOf(1, terms));
  return new RaftLog(storage, noLimit);
}

test("entries that do not follow the log are refused", () => {
  const log = logOf([1, 1, 2]);
  assert.equal(log.maybeAppend({ prevIndex: 3, prevTerm: 1, entries: [], commit: 0 }), undefined);
  assert.equal(log.maybeAppend({ prevIndex: 4, prevTerm: 2, entries: [], commit: 0 }), undefined);
});

test("entries that are there already do not truncate what follows them", () => {
  const log = logOf([1, 1, 2]);
  assert.equal(log.maybeAppend({ prevIndex: 0, prevTerm: 0, entries: entriesOf(1, [1]), commit: 9 }), 1);
  assert.equal(log.lastIndex(), 3);
  assert.equal(log.committed, 1);
});

test("a committed entry is never replaced", () => {
  const log = logOf([1, 1]);
  log.commitTo(2);
  const request = { prevIndex: 1, prevTerm: 1, entries: entriesOf(2, [2]), commit: 2 };
  assert.throws(() => log.maybeAppend(request), /entry 2 conflicts with a committed entry, committed is 2/);
});

test("commit never moves back, nor beyond the log", () => {
  const log = logOf([1, 1, 1]);
  log.commitTo(2);
  log.commitTo(1);
  assert.equal(log.committed, 2);
  assert.throws(() => log.commitTo(4), /commit 4 lies beyond the last index 3/);
});

test("the best guess where logs part is the last position of a term that is not higher", () => {
  const log = logOf([1, 3, 3, 5]);
  assert.deepEqual(log.findConflict(4, 4), { index: 3, term: 3 });
  assert.deepEqual(log.findConflict(3, 2), { index: 1, term: 1 });
  assert.deepEqual(log.findConflict(9, 2), { index: 9, term: 0 });
});

test("a write that completes after its entries were replaced does not count", () => {
  const storage = new MemoryStorage();
  const log = new RaftLog(storage, noLimit);
  log.append(entriesOf(1, [1, 1]));
  log.unstable.acceptInProgress();
  log.maybeAppend({ prevIndex: 0, prevTerm: 0, entries: entriesOf(1, [2]), commit: 0 });
  log.unstable.stableTo(1, 1);
  assert.equal(log.unstable.entries.length, 1);
  assert.equal(log.unstable.hasNextEntries, true);
});

test("what is handed out for applying is bounded across batches", () => {
  const storage = new MemoryStorage();
  storage.append(entriesOf(1, [1, 1, 1]));
  const log = new RaftLog(storage, 8);
  log.commitTo(3);
  const first = log.nextCommitted(true);
  log.acceptApplying(first, true);
  assert.deepEqual(
    first.map(({ index }) => index),
    [1],
  );
  assert.equal(log.hasNextCommitted(true), false);
  log.appliedTo(1, entriesSize(first));
  assert.deepEqual(
    log.nextCommitted(true).map(({ index }) => index),
    [2],
  );
});
