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
  assert.deepEqual(reads.unconfirmed(), [2]);
});

test("failAll() answers collected and waiting reads", () => {
  const { reads, add, seen } = queue();
  add("a");
  reads.startRound(0);
  add("b");
  reads.failAll(() => new Error("stopped"));
  assert.deepEqual(seen, ["a:stopped", "b:stopped"]);
});
