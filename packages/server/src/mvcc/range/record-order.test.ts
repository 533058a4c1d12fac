import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyValue, SortTarget } from "@etcd-ts/proto";
import fc from "fast-check";
import { compareBytes } from "../../lib/bytes.ts";
import { type Candidate, candidateComparison, recordOrder } from "./record-order.ts";

/** Values that begin alike for about as long as a candidate remembers. */
const value = fc
  .tuple(fc.integer({ min: 120, max: 136 }), fc.uint8Array({ maxLength: 3 }))
  .map(([length, end]) => Uint8Array.from([...new Uint8Array(length), ...end]));

test("candidates are ordered by whole values, however long these begin alike", () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 12 }), fc.boolean(), (values, descending) => {
      const records = values.map((one) => KeyValue.encode(KeyValue.create({ value: one })));
      const order = recordOrder(SortTarget.VALUE, descending)!;
      const shared = new Uint8Array(1000);
      const compare = candidateComparison(order, ({ main }) => {
        shared.fill(255).set(records[main]!);
        return shared.subarray(0, records[main]!.length);
      });
      const candidates = values.map(
        (_, main): Candidate => ({ main, sub: 0, weight: order.weigh(KeyValue.decode(records[main]!)) }),
      );
      const sorted = candidates.sort(compare).map(({ main }) => values[main]!);
      const expected = [...values].sort(compareBytes);
      assert.deepEqual(sorted, descending ? expected.reverse() : expected);
    }),
  );
});
