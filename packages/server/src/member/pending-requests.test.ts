import assert from "node:assert/strict";
import { test } from "node:test";
import { PendingRequests } from "./pending-requests.ts";

function collect() {
  const seen: string[] = [];
  const done = (name: string) => (error: Error | undefined, response: unknown) =>
    void seen.push(`${name}:${error?.message ?? String(response)}`);
  return { seen, done };
}

test("settle() answers a proposal once", () => {
  const { seen, done } = collect();
  const pending = new PendingRequests({ timeoutMs: 100, countMax: 10 });
  pending.add(1n, { done: done("a"), nowMs: 0 });
  assert.equal(pending.settle(1n, { error: undefined, response: "x" }), true);
  assert.equal(pending.settle(1n, { error: undefined, response: "y" }), false);
  assert.deepEqual(seen, ["a:x"]);
});

test("expire() gives up only the proposals whose time is over", () => {
  const { seen, done } = collect();
  const pending = new PendingRequests({ timeoutMs: 100, countMax: 10 });
  pending.add(1n, { done: done("old"), nowMs: 0 });
  pending.add(2n, { done: done("young"), nowMs: 50 });
  assert.equal(
    pending.expire(100, ({ id, startedMs }) => new Error(`late ${id} from ${startedMs}`)),
    1,
  );
  assert.deepEqual(seen, ["old:late 1 from 0"]);
  assert.equal(pending.count, 1);
});

test("full is reached at the bound, and failAll() empties", () => {
  const { seen, done } = collect();
  const pending = new PendingRequests({ timeoutMs: 100, countMax: 2 });
  pending.add(1n, { done: done("a"), nowMs: 0 });
  pending.add(2n, { done: done("b"), nowMs: 0 });
  assert.equal(pending.full, true);
  pending.failAll(() => new Error("stopped"));
  assert.deepEqual(seen, ["a:stopped", "b:stopped"]);
  assert.equal(pending.full, false);
});

test("add() refuses an id that is already waiting", () => {
  const pending = new PendingRequests({ timeoutMs: 100, countMax: 2 });
  pending.add(1n, { done() {}, nowMs: 0 });
  assert.throws(() => pending.add(1n, { done() {}, nowMs: 0 }), /already waiting/);
});
