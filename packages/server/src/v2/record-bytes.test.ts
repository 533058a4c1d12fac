import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RecordBytes } from "./record-bytes.ts";

test("records are what a plain encoder gives, and stay it while others are made", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 60 }),
    fc.constantFrom("é".repeat(6000), "", "a".repeat(9000)),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 60 }), (texts) => {
      const records = new RecordBytes();
      const made = texts.map((one) => records.of(one));
      for (const [i, record] of made.entries()) assert.deepEqual(record, new TextEncoder().encode(texts[i]));
    }),
    { numRuns: 50 },
  );
});
