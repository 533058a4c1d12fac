import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type DueItem, DueQueue } from "./due-queue.ts";

function item(): DueItem {
  return { dueMs: 0, dueIndex: -1 };
}

const steps = fc.array(fc.tuple(fc.constantFrom("add", "move", "remove"), fc.nat(19), fc.nat(50)), {
  maxLength: 200,
  size: "max",
});

test("peek() is always the earliest of the queued items, through adds, moves and removals", () => {
  fc.assert(
    fc.property(steps, (script) => {
      const queue = new DueQueue<DueItem>();
      const items = Array.from({ length: 20 }, item);
      for (const [action, which, dueMs] of script) {
        const chosen = items[which]!;
        if (action === "remove") queue.remove(chosen);
        else if (chosen.dueIndex === -1) queue.add(chosen, dueMs);
        else queue.move(chosen, dueMs);
        const queued = items.filter((each) => each.dueIndex !== -1);
        assert.equal(queue.size, queued.length);
        assert.equal(queue.peek()?.dueMs, queued.map((each) => each.dueMs).sort((a, b) => a - b)[0]);
      }
    }),
  );
});

test("clear() leaves every item free to be queued again", () => {
  const queue = new DueQueue<DueItem>();
  const items = [item(), item(), item()];
  for (const [i, each] of items.entries()) queue.add(each, i);
  queue.clear();
  assert.equal(queue.size, 0);
  for (const each of items) queue.add(each, 5);
  assert.equal(queue.size, 3);
});

test("an item cannot be queued twice", () => {
  const queue = new DueQueue<DueItem>();
  const one = item();
  queue.add(one, 1);
  assert.throws(() => queue.add(one, 2), /queued already/);
});
