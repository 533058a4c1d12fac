import assert from "node:assert/strict";
import { test } from "node:test";
import { CompareTarget, DeleteRangeRequest, PutRequest, TxnRequest, wrapInternalRequest } from "@etcd-ts/proto";
import { describeEntry, describeRequest } from "./describe-request.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const secretPut = PutRequest.create({ key: bytes('a"\n'), value: bytes("secret"), lease: 7n });

test("a put shows its key and the size of its value", () => {
  assert.equal(describeRequest("put", PutRequest.encode(secretPut)), 'key:"a\\"\\012" value_size:6 lease:7 ');
});

test("an entry shows the id its proposer knows it by, and the request inside", () => {
  const raw = DeleteRangeRequest.encode(DeleteRangeRequest.create({ key: bytes("a"), rangeEnd: bytes("b") }));
  const data = wrapInternalRequest({ headerId: 9n, field: "deleteRange", raw });
  assert.equal(describeEntry(data), 'header:<ID:9 > delete_range:<key:"a" range_end:"b" >');
});

test("a transaction shows its parts, nested ones too, and no value anywhere", () => {
  const compare = { key: bytes("a"), value: bytes("secret"), target: CompareTarget.VALUE };
  const inner = { compare: [compare], success: [{ requestPut: secretPut }] };
  const raw = TxnRequest.encode(TxnRequest.decode(TxnRequest.encode(txnOf(inner))));
  const text = describeRequest("txn", raw);
  assert.match(text, /^compare:<target:VALUE result:EQUAL key:"a" value_size:6 > success:<request_put:<key:/);
  assert.doesNotMatch(text, /secret/);
});

test("requests with credentials are not described", () => {
  assert.equal(describeRequest("authenticate", bytes("root:password")), "");
});

test("a description has a bound", () => {
  const long = PutRequest.encode(PutRequest.create({ key: new Uint8Array(1_000_000) }));
  assert.ok(describeRequest("put", long).length < 3000);
});

/** Nested messages of partial fields, completed. */
function txnOf(partial: { compare: object[]; success: object[] }): TxnRequest {
  const compare = { result: 0, version: undefined, createRevision: undefined, modRevision: undefined };
  const operation = { requestRange: undefined, requestDeleteRange: undefined, requestTxn: undefined };
  return TxnRequest.create({
    compare: partial.compare.map((one) => ({ ...compare, lease: undefined, rangeEnd: new Uint8Array(0), ...one })),
    success: partial.success.map((one) => ({ ...operation, ...one })),
  } as Partial<TxnRequest>);
}
