import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadQueue } from "./read-queue.ts";

function queue() {
  const seen: string[] = [];
  const reads = new ReadQueue({ timeoutMs: 100, countMax: 3 });
  const add = (name: string) =>
    reads.add((error) => void seen.push(error === undefined ? name : `${name}:${error.message}`));
  return { reads, add, seen };
}

test("reads of one turn share a round and wait for index and apply", () => {
  const { reads, add, seen } = queue();
  add("a");
  add("b");
  const round = reads.startRound(0);
  reads.release(10);
  assert.deepEqual(seen, [], "not confirmed yet");
  reads.confirm(round, 11);
  reads.release(10);
  assert.deepEqual(seen, [], "not applied yet");
  reads.release(11);
  assert.deepEqual(seen, ["a", "b"]);
});

test("a read of a later turn never rides on an earlier round", () => {
  const { reads, add, seen } = queue();
  add("early");
  const first = reads.startRound(0);
  add("late");
  reads.confirm(first, 5);
  reads.release(5);
  assert.deepEqual(seen, ["early"]);
  assert.equal(reads.collecting, true);
});

test("expire() gives up old rounds and frees their places", () => {
  const { reads, add, seen } = queue();
  add("a");
  reads.startRound(0);
  add("b");
  add("c");
  assert.equal(reads.full, true);
  reads.startRound(50);
  assert.equal(
    reads.expire(100, () => new Error("late")),
    1,
  );
  assert.deepEqual(seen, ["a:late"]);
  assert.equal(reads.full, false);
  assert.equal(reads.unconfirmed, 2);
});

test("failAll() answers collected and waiting reads", () => {
  const { reads, add, seen } = queue();
  add("a");
  reads.startRound(0);
  add("b");
  reads.failAll(() => new Error("stopped"));
  assert.deepEqual(seen, ["a:stopped", "b:stopped"]);
});

test("an answer to a round serves the rounds before it, and none after it", () => {
  const { reads, add, seen } = queue();
  for (const name of ["a", "b", "c"]) {
    add(name);
    reads.startRound(0);
  }
  reads.confirm(2, 7);
  reads.release(7);
  assert.deepEqual(seen, ["a", "b"]);
  assert.equal(reads.unconfirmed, 3);
});

test("a late answer to an early round does not put a read back behind what was confirmed for it", () => {
  const { reads, add, seen } = queue();
  add("a");
  reads.startRound(0);
  reads.confirm(1, 9);
  reads.confirm(1, 3);
  reads.release(8);
  assert.deepEqual(seen, []);
});

test("failUnconfirmed() leaves rounds that only wait to be applied", () => {
  const { reads, add, seen } = queue();
  add("a");
  reads.startRound(0);
  reads.confirm(1, 9);
  add("b");
  reads.startRound(0);
  add("c");
  assert.equal(
    reads.failUnconfirmed(() => new Error("changed")),
    1,
  );
  reads.release(9);
  assert.deepEqual(seen, ["b:changed", "a"]);
  assert.equal(reads.collecting, true);
});
