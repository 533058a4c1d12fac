import assert from "node:assert/strict";
import { test } from "node:test";
import { applyLagMax, type ProposalWeight, refusalOf } from "./back-pressure.ts";

const textOf = (weight: Partial<ProposalWeight>) =>
  refusalOf({ sizeBytes: 10, sizeBytesMax: 10, committedIndex: 0, appliedIndex: 0, ...weight })?.text;

test("a proposal is refused when more than 5,000 committed entries wait to be applied, not before", () => {
  assert.equal(textOf({ committedIndex: applyLagMax + 7, appliedIndex: 7 }), undefined);
  assert.equal(textOf({ committedIndex: applyLagMax + 8, appliedIndex: 7 }), "etcdserver: too many requests");
});

test("a proposal may be as large as the limit, and no larger", () => {
  assert.equal(textOf({ sizeBytes: 10 }), undefined);
  assert.equal(textOf({ sizeBytes: 11 }), "etcdserver: request is too large");
});

test("the lag is told before the size, as etcd does", () => {
  assert.equal(textOf({ sizeBytes: 11, committedIndex: applyLagMax + 1 }), "etcdserver: too many requests");
});
