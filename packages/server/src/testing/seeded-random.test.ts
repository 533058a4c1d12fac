import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SeededRandom } from "./seeded-random.ts";

test("the same seed gives the same numbers, another seed others", () => {
  const draw = (seed: number) => {
    const random = new SeededRandom(seed);
    return Array.from({ length: 8 }, () => random.uint64());
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  assert.notDeepEqual(draw(1), draw(1 + 2 ** 40));
});

test("the first numbers of seed 1 never change, or recorded seeds would lose their meaning", () => {
  const random = new SeededRandom(1);
  assert.deepEqual([random.below(1000), random.below(1000), random.uint64()], [163, 863, 1162553306725681610n]);
});

test("below() stays under its bound", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, bound) => {
      const drawn = new SeededRandom(seed).below(bound);
      assert.ok(Number.isInteger(drawn) && drawn >= 0 && drawn < bound);
    }),
  );
});

test("below() is close to uniform", () => {
  const random = new SeededRandom(42);
  const hits = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) hits[random.below(10)]!++;
  for (const hit of hits) assert.ok(Math.abs(hit - 10_000) < 500, `${hit}`);
});

test("below() refuses a bound it cannot serve", () => {
  for (const bound of [0, -1, 1.5, 2 ** 32 + 1]) assert.throws(() => new SeededRandom(1).below(bound));
});
