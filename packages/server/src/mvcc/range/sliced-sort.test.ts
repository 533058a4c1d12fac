import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SlicedSort } from "./sliced-sort.ts";

test("SlicedSort sorts as a stable sort does, whatever the steps", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(50), { maxLength: 4000, size: "max" }),
      fc.integer({ min: 1, max: 3000 }),
      (keys, step) => {
        const items = keys.map((key, place) => ({ key, place }));
        const expected = [...items].sort((a, b) => a.key - b.key);
        const sort = new SlicedSort([...items], (a, b) => a.key - b.key);
        for (let steps = 0; !sort.done; steps++) {
          assert.ok(steps < 100_000);
          sort.step(step);
        }
        assert.deepEqual(sort.items, expected);
      },
    ),
    { numRuns: 50 },
  );
});
