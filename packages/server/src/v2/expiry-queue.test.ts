import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ExpiryQueue } from "./expiry-queue.ts";
import type { TreeNode } from "./node.ts";

function node(id: number): TreeNode {
  const place = { parent: undefined, children: undefined, queuePlace: -1 };
  return { id, path: `/n${id}`, createdIndex: 1, modifiedIndex: 1, expiration: 0n, value: "", ...place };
}

test("the queue gives nodes by time, then path, whatever was put in, moved or taken out before", () => {
  const step = fc.record({ id: fc.nat(20), expiration: fc.bigInt(0n, 9n) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const nodes = Array.from({ length: 21 }, (_, id) => node(id));
      const queue = new ExpiryQueue();
      for (const { id, expiration } of steps) {
        nodes[id]!.expiration = expiration;
        queue.update(nodes[id]!);
      }
      const expected = nodes
        .filter(({ expiration }) => expiration !== 0n)
        .sort((a, b) => Number(a.expiration - b.expiration) || (a.path < b.path ? -1 : 1));
      assert.equal(queue.size, expected.length);
      for (const next of expected) {
        assert.equal(queue.first(), next);
        queue.remove(next);
        queue.remove(next);
      }
      assert.equal(queue.first(), undefined);
    }),
  );
});
