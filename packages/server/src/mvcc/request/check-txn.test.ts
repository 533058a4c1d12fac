import assert from "node:assert/strict";
import { test } from "node:test";
import { Compare, DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest } from "@etcd-ts/proto";
import { checkDeleteRange, checkPut, checkRange } from "./check-request.ts";
import { checkTxn } from "./check-txn.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const put = (key: string) => RequestOp.create({ requestPut: PutRequest.create({ key: bytes(key) }) });
const range = (key: string) => RequestOp.create({ requestRange: RangeRequest.create({ key: bytes(key) }) });
const del = (key: string, rangeEnd = "") =>
  RequestOp.create({ requestDeleteRange: DeleteRangeRequest.create({ key: bytes(key), rangeEnd: bytes(rangeEnd) }) });
const nested = (success: RequestOp[], failure: RequestOp[] = []) =>
  RequestOp.create({ requestTxn: TxnRequest.create({ success, failure }) });
const times = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n));

const cases: { name: string; success: RequestOp[]; failure?: RequestOp[]; expected: string | undefined }[] = [
  { name: "an empty transaction", success: [], expected: undefined },
  { name: "two puts of one key", success: [put("a"), put("a")], expected: "duplicateKey" },
  { name: "puts of one key in two branches", success: [put("a")], failure: [put("a")], expected: undefined },
  {
    name: "two puts of one key in the branch not taken",
    success: [],
    failure: [put("a"), put("a")],
    expected: "duplicateKey",
  },
  { name: "a put and a delete of one key", success: [put("a"), del("a")], expected: "duplicateKey" },
  { name: "a put inside a deleted interval", success: [del("a", "c"), put("b")], expected: "duplicateKey" },
  { name: "a put at the end of a deleted interval", success: [del("a", "c"), put("c")], expected: undefined },
  { name: "a put behind a delete from a key on", success: [del("a", "\0"), put("zz")], expected: "duplicateKey" },
  { name: "a put before a delete from a key on", success: [del("b", "\0"), put("a")], expected: undefined },
  { name: "a put and a delete of everything", success: [put("a"), del("\0", "\0")], expected: "duplicateKey" },
  { name: "a put inside an inverted interval", success: [del("c", "a"), put("b")], expected: undefined },
  { name: "overlapping deletes", success: [del("a", "c"), del("b"), del("\0", "\0")], expected: undefined },
  {
    name: "a put and a put in a nested transaction",
    success: [put("m"), nested([put("m")])],
    expected: "duplicateKey",
  },
  { name: "a put and a nested delete of it", success: [put("m"), nested([del("m")])], expected: "duplicateKey" },
  { name: "a delete and a nested put of it", success: [del("m"), nested([put("m")])], expected: "duplicateKey" },
  { name: "one put in both branches of a nested one", success: [nested([put("n")], [put("n")])], expected: undefined },
  {
    name: "puts of one key in two nested ones",
    success: [nested([put("n")]), nested([], [put("n")])],
    expected: "duplicateKey",
  },
  {
    name: "a nested delete, then a nested put",
    success: [nested([del("n")]), nested([put("n")])],
    expected: "duplicateKey",
  },
  {
    name: "a nested put, then a nested delete",
    success: [nested([put("n")]), nested([del("n")])],
    expected: undefined,
  },
  { name: "an operation without a request", success: [RequestOp.create()], expected: "keyNotFound" },
  { name: "an empty key in the branch not taken", success: [], failure: [range("")], expected: "emptyKey" },
  { name: "128 operations", success: times(128, (n) => put(`k${n}`)), expected: undefined },
  { name: "129 operations", success: times(129, (n) => put(`k${n}`)), expected: "tooManyOps" },
  { name: "127 operations in a nested one", success: [nested(times(127, (n) => put(`k${n}`)))], expected: undefined },
  {
    name: "128 operations in a nested one",
    success: [nested(times(128, (n) => put(`k${n}`)))],
    expected: "tooManyOps",
  },
  {
    name: "nested ones that multiply into millions of operations",
    success: times(30, () => nested(times(30, () => nested(times(30, () => nested(times(30, () => range("a")))))))),
    expected: "tooManyOps",
  },
];

for (const { name, success, failure = [], expected } of cases) {
  test(`checkTxn() judges ${name}: ${expected ?? "fine"}`, () => {
    assert.equal(checkTxn(TxnRequest.create({ success, failure }))?.error, expected);
  });
}

test("checkTxn() counts compares, and refuses one without a key", () => {
  const compare = (key: string) => Compare.create({ key: bytes(key) });
  assert.equal(checkTxn(TxnRequest.create({ compare: times(129, () => compare("a")) }))?.error, "tooManyOps");
  assert.equal(checkTxn(TxnRequest.create({ compare: [compare("")] }))?.error, "emptyKey");
  assert.equal(
    checkTxn(TxnRequest.create({ compare: times(3, () => compare("a")) }), { maxTxnOps: 2 })?.error,
    "tooManyOps",
  );
});

test("checkTxn() overlooks deletes from a key on when it is told to judge as etcd does", () => {
  const request = TxnRequest.create({ success: [del("a", "\0"), put("zz")] });
  assert.equal(checkTxn(request, { lenientFromKey: true }), undefined);
});

test("checkPut() refuses an empty key, then a value or lease that contradicts what is to be kept", () => {
  const key = bytes("a");
  assert.equal(checkPut(PutRequest.create({ ignoreValue: true, value: key }))?.error, "emptyKey");
  assert.equal(checkPut(PutRequest.create({ key, ignoreValue: true, value: key }))?.error, "valueProvided");
  assert.equal(checkPut(PutRequest.create({ key, ignoreLease: true, lease: 1n }))?.error, "leaseProvided");
  assert.equal(checkPut(PutRequest.create({ key, ignoreLease: true, ignoreValue: true })), undefined);
});

test("checkRange() and checkDeleteRange() refuse an empty key, even with an end", () => {
  assert.equal(checkRange(RangeRequest.create({ rangeEnd: bytes("z") }))?.error, "emptyKey");
  assert.equal(checkDeleteRange(DeleteRangeRequest.create({ rangeEnd: bytes("z") }))?.error, "emptyKey");
});

test("checkRange() refuses sort orders and targets nobody knows, unless told to judge as releases before 3.6", () => {
  const request = RangeRequest.create({ key: bytes("a"), sortOrder: 9 as RangeRequest["sortOrder"] });
  assert.equal(checkRange(request)?.error, "invalidSortOption");
  assert.equal(checkRange(request, { lenientSort: true }), undefined);
});
