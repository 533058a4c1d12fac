import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareBytes } from "../../lib/bytes.ts";
import { IntervalSet } from "./interval-set.ts";

const key = fc.uint8Array({ minLength: 1, maxLength: 2, max: 6 });
const interval = fc.record({ start: key, end: fc.option(key, { nil: undefined }) });

test("IntervalSet holds exactly the keys of the intervals added", () => {
  fc.assert(
    fc.property(fc.array(interval, { maxLength: 12 }), fc.array(key, { minLength: 20 }), (intervals, probes) => {
      const set = new IntervalSet();
      for (const added of intervals) set.add(added);
      for (const probe of probes) {
        const expected = intervals.some(
          ({ start, end }) => compareBytes(probe, start) >= 0 && (end === undefined || compareBytes(probe, end) < 0),
        );
        assert.equal(set.contains(probe), expected);
      }
    }),
    { numRuns: 500 },
  );
});
