// The window of unacknowledged messages against a plain array.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Inflights } from "./index.ts";

type Step = { add: number } | { free: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ add: fc.nat({ max: 9 }) }),
  fc.record({ free: fc.nat({ max: 60 }) }),
);

test("the window counts messages and bytes like an array of them", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 40 }),
      fc.array(step),
      (max, bytes, steps) => {
        const window = new Inflights(max, bytes);
        let model: { index: number; size: number }[] = [];
        let next = 1;
        const isFull = () => model.length === max || model.reduce((sum, { size }) => sum + size, 0) >= bytes;
        for (const one of steps) {
          if ("free" in one) {
            window.freeUpTo(one.free);
            model = model.filter(({ index }) => index > one.free);
          } else if (!isFull()) {
            window.add(next, one.add);
            model.push({ index: next++, size: one.add });
          }
          assert.equal(window.count, model.length);
          assert.equal(window.full, isFull());
        }
      },
    ),
  );
});

test("nothing may be added to a full window", () => {
  const window = new Inflights(1, Number.POSITIVE_INFINITY);
  window.add(1, 1);
  assert.throws(() => window.add(2, 1), /inflights are full: 1 messages/);
});
