import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RecordCache } from "./record-cache.ts";

test("RecordCache never answers another record than the last one set for a revision", () => {
  const step = fc.record({ main: fc.nat(300), sub: fc.nat(3), size: fc.option(fc.nat(400), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 500, size: "max" }), (steps) => {
      const cache = new RecordCache(5000);
      const last = new Map<string, Uint8Array>();
      for (const { main, sub, size } of steps) {
        const name = `${main}.${sub}`;
        if (size === undefined) {
          const found = cache.get(main, sub);
          assert.ok(found === undefined || found === last.get(name));
          continue;
        }
        last.set(name, new Uint8Array(size));
        cache.set(main, sub, last.get(name)!);
      }
    }),
  );
});

test("RecordCache holds the newest records as far as its bytes reach, and drops what is larger than all of it", () => {
  const cache = new RecordCache(100_000);
  for (let main = 1; main <= 10_000; main++) cache.set(main, 0, new Uint8Array(350));
  for (let main = 9900; main <= 10_000; main++) assert.equal(cache.get(main, 0)?.length, 350);
  let kept = 0;
  for (let main = 1; main <= 10_000; main++) if (cache.get(main, 0) !== undefined) kept++;
  assert.ok(kept <= 200);
  cache.set(10_001, 0, new Uint8Array(200_000));
  assert.equal(cache.get(10_001, 0), undefined);
});
