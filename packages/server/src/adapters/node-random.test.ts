import assert from "node:assert/strict";
import { test } from "node:test";
import { NodeRandom } from "./node-random.ts";

test("numbers stay under their bound and reach all values", () => {
  const random = new NodeRandom();
  const seen = new Set<number>();
  for (let i = 0; i < 1000; i++) seen.add(random.below(7));
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(random.below(1), 0);
  assert.ok(random.below(2 ** 32) < 2 ** 32);
});

test("64-bit numbers differ and fill their range", () => {
  const random = new NodeRandom();
  const drawn = Array.from({ length: 200 }, () => random.uint64());
  assert.equal(new Set(drawn).size, 200);
  assert.ok(drawn.every((value) => value >= 0n && value < 2n ** 64n));
  assert.ok(drawn.some((value) => value >= 2n ** 63n));
});

test("a bound that cannot be served is a bug", () => {
  for (const bound of [0, -1, 1.5, 2 ** 33]) assert.throws(() => new NodeRandom().below(bound));
});
