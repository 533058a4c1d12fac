import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareBytes } from "./bytes.ts";
import { SortedBytesMap } from "./sorted-bytes-map.ts";

const bytes = fc.uint8Array({ maxLength: 3 });
const operation = fc.oneof(
  fc.record({ op: fc.constant("set" as const), key: bytes, value: fc.nat() }),
  fc.record({ op: fc.constant("delete" as const), key: bytes, value: fc.constant(0) }),
);

test("SortedBytesMap agrees with a sorted list over any sequence of operations", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 2000, size: "max" }), bytes, bytes, (operations, start, end) => {
      const map = new SortedBytesMap<number>();
      const model = new Map<string, { key: Uint8Array; value: number }>();
      for (const { op, key, value } of operations) {
        const known = model.get(key.toString());
        if (op === "set") {
          assert.equal(map.set(key, value), known?.value);
          model.set(key.toString(), { key, value });
        } else {
          assert.equal(map.delete(key), known?.value);
          model.delete(key.toString());
        }
        assert.equal(map.get(key), model.get(key.toString())?.value);
      }
      assert.equal(map.size, model.size);
      const expected = [...model.values()]
        .filter(({ key }) => compareBytes(key, start) >= 0 && compareBytes(key, end) < 0)
        .sort((a, b) => compareBytes(a.key, b.key));
      const seen: { key: Uint8Array; value: number }[] = [];
      map.scan({ start, end }, (key, value) => seen.push({ key, value }) > 0);
      assert.deepEqual(seen, expected);
    }),
    { numRuns: 60 },
  );
});

test("SortedBytesMap keeps thousands of ascending and descending keys in order", () => {
  const map = new SortedBytesMap<number>();
  const keyOf = (n: number) => Uint8Array.of(n >> 8, n & 255);
  for (let n = 5000; n < 10_000; n++) map.set(keyOf(n), n);
  for (let n = 4999; n >= 0; n--) map.set(keyOf(n), n);
  const seen: number[] = [];
  map.scan({ start: keyOf(100) }, (_, value) => seen.push(value) < 8000);
  assert.deepEqual(
    seen,
    Array.from({ length: 8000 }, (_, i) => i + 100),
  );
});
