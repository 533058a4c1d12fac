import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { keyBytes, keyString } from "./key-string.ts";

test("keyBytes() gives back what keyString() took, for every byte and any length", () => {
  const all = Uint8Array.from({ length: 10_000 }, (_, i) => i & 255);
  assert.deepEqual(keyBytes(keyString(all)), all);
  assert.deepEqual(keyBytes(keyString(new Uint8Array(0))), new Uint8Array(0));
});

test("key strings sort as their bytes do", () => {
  const bytes = fc.uint8Array({ maxLength: 6 });
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const order = Math.sign(Buffer.compare(a, b));
      const [left, right] = [keyString(a), keyString(b)];
      assert.equal(left < right ? -1 : left > right ? 1 : 0, order);
    }),
  );
});
