import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isAlike } from "./alike.ts";
import { show } from "./answers.ts";

const field = fc.oneof(fc.constantFrom("a", "b", 1n, 2n, 0, 1, true, null, undefined), fc.uint8Array({ maxLength: 2 }));
const { thing } = fc.letrec<{ thing: unknown }>((tie) => ({
  thing: fc.oneof(
    { depthSize: "small" },
    field,
    fc.array(tie("thing"), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom("a", "b"), tie("thing"), { maxKeys: 2 }),
  ),
}));

test("things are alike exactly when they are shown alike", () => {
  fc.assert(
    fc.property(thing, thing, (left, right) => {
      assert.equal(isAlike(left, right), show(left) === show(right));
      assert.ok(isAlike(left, structuredClone(left)));
    }),
    { numRuns: 2_000 },
  );
});
