import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  AuthRoleAddRequest,
  authpb,
  Compare,
  KeyValue,
  LeaseGrantRequest,
  LeaseTimeToLiveResponse,
  PutRequest,
  RangeRequest,
  Request,
  RequestOp,
  ResponseHeader,
  raftpb,
  StatusResponse,
  TxnRequest,
  v3electionpb,
  WatchCreateRequest,
} from "../generated/index.ts";
import { delimited, varint } from "../testing/naive-codec.ts";
import { DecodeError, depthMax, EMPTY_BYTES, type MessageType } from "./index.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

function assertRefused<T>(type: MessageType<T>, bytes: Uint8Array, message: string): void {
  assert.throws(() => type.decode(bytes), new DecodeError(message));
}

// What etcd 3.4.23 answered to these bodies, behind `grpc: error unmarshalling request: `.
const refusedRanges: readonly [string, string][] = [
  ["0a0561", "unexpected EOF"],
  ["ffffff", "unexpected EOF"],
  ["0801", "proto: wrong wireType = 0 for field Key"],
  ["0f", "proto: wrong wireType = 7 for field Key"],
  ["00", "proto: RangeRequest: illegal tag 0 (wire type 0)"],
  ["04", "proto: RangeRequest: wiretype end group for non-group"],
  ["0c", "proto: RangeRequest: wiretype end group for non-group"],
  ["0affffffffffffffffff01", "proto: negative length found during unmarshaling"],
  ["80808080808080808080", "proto: integer overflow"],
  ["8080808080808080808001", "proto: integer overflow"],
  ["0a016187010a", "proto: illegal wireType 7"],
  ["0a0161fe0f", "proto: illegal wireType 6"],
  ["0a0161f80f", "unexpected EOF"],
  ["0a0161fa0f05", "unexpected EOF"],
  ["0a0161fb0f", "unexpected EOF"],
  [`0a0161${"fb0f".repeat(20)}`, "unexpected EOF"],
  ["0a0161fc0f", "proto: RangeRequest: wiretype end group for non-group"],
  ["0a0161f90f00", "unexpected EOF"],
  ["0a016188808080f0ffffffff0101", "proto: RangeRequest: illegal tag -536870911 (wire type 18446744069414584328)"],
  ["0a0161808080808001", "proto: RangeRequest: illegal tag 0 (wire type 34359738368)"],
];

for (const [bytes, message] of refusedRanges) {
  test(`a range request of ${bytes.slice(0, 30)} is refused with etcd's text`, () => {
    assertRefused(RangeRequest, hex(bytes), message);
  });
}

test("damage inside of a nested message is refused with etcd's text", () => {
  assertRefused(TxnRequest, hex("12031201ff"), "unexpected EOF");
  assertRefused(TxnRequest, hex("0a0108"), "unexpected EOF");
});

test("unknown fields of every wire type, groups too, are skipped", () => {
  for (const unknown of ["f80f05", "f90f0102030405060708", "fa0f026869", "fb0ffb0ff80f01fc0ffc0f", "fd0f01020304"]) {
    assert.deepEqual(
      RangeRequest.decode(hex(`0a0161${unknown}2001`)),
      RangeRequest.create({ key: hex("61"), revision: 1 }),
    );
  }
});

test("a varint of ten bytes keeps its lower 64 bits, a bool is true for any other than zero", () => {
  assert.equal(RangeRequest.decode(hex("18ffffffffffffffffff7f")).limit, -1);
  assert.equal(RangeRequest.decode(hex("3880808080808080808001")).serializable, true);
});

test("an unknown enum number survives", () => {
  const message = RangeRequest.decode(hex("2807"));
  assert.equal(message.sortOrder, 7);
  assert.deepEqual(RangeRequest.encode(message), hex("2807"));
});

test("API integers beyond 2^53-1 saturate", () => {
  const tag = 4 * 8;
  const revisionOf = (value: bigint) => RangeRequest.decode(Uint8Array.from([tag, ...varint(value)])).revision;
  for (const value of [2n ** 53n, 2n ** 63n - 1n]) {
    assert.equal(revisionOf(value), Number.MAX_SAFE_INTEGER);
    assert.equal(revisionOf(-value), Number.MIN_SAFE_INTEGER);
  }
  assert.equal(revisionOf(-(2n ** 63n)), Number.MIN_SAFE_INTEGER);
  assert.equal(revisionOf(2n ** 53n - 1n), Number.MAX_SAFE_INTEGER);
  assert.equal(revisionOf(-(2n ** 53n) + 1n), Number.MIN_SAFE_INTEGER);
  assert.equal(
    StatusResponse.decode(Uint8Array.from([5 * 8, ...varint(2n ** 64n - 1n)])).raftIndex,
    Number.MAX_SAFE_INTEGER,
  );
});

test("raft indexes and terms beyond 2^53-1 are refused", () => {
  const entryOf = (value: bigint) => raftpb.Entry.decode(Uint8Array.from([3 * 8, ...varint(value)]));
  assert.equal(entryOf(2n ** 53n - 1n).index, Number.MAX_SAFE_INTEGER);
  for (const value of [2n ** 53n, 2n ** 64n - 1n]) {
    assert.throws(() => entryOf(value), new DecodeError("proto: raft index or term above 2^53-1"));
  }
});

test("ids keep all 64 bits, signed or unsigned", () => {
  const id = -(2n ** 63n);
  assert.equal(LeaseGrantRequest.decode(LeaseGrantRequest.encode({ ttl: 5, id })).id, id);
  const header = ResponseHeader.create({ memberId: 2n ** 64n - 1n });
  assert.deepEqual(ResponseHeader.decode(ResponseHeader.encode(header)), header);
});

test("the last member of a oneof wins; pieces of the same member are merged", () => {
  const both = RequestOp.decode(hex("0a030a016112030a0162"));
  assert.deepEqual([both.requestRange, both.requestPut?.key], [undefined, hex("62")]);
  const merged = RequestOp.decode(hex("12030a01611203120162"));
  assert.deepEqual(merged.requestPut, PutRequest.create({ key: hex("61"), value: hex("62") }));
  assert.deepEqual(Compare.decode(hex("20053a0161")), Compare.create({ value: hex("61") }));
});

test("a zero in a oneof is a member that is set", () => {
  const compare = Compare.create({ key: hex("61"), version: 0 });
  assert.deepEqual(Compare.encode(compare), hex("1a01612000"));
  assert.equal(Compare.decode(hex("1a01612000")).version, 0);
});

test("a message that comes in pieces is merged, its lists joined", () => {
  const { leader } = v3electionpb.ProclaimRequest.decode(hex("0a030a01610a0312016b"));
  assert.deepEqual(leader, v3electionpb.LeaderKey.create({ name: hex("61"), key: hex("6b") }));
  const user = authpb.User.decode(hex("1a01611a0162"));
  assert.deepEqual(user.roles, ["a", "b"]);
});

test("repeated numbers are read packed and one by one", () => {
  assert.deepEqual(WatchCreateRequest.decode(hex("2a0200012801")).filters, [0, 1, 1]);
  assert.deepEqual(WatchCreateRequest.encode(WatchCreateRequest.create({ filters: [0, 1] })), hex("2a020001"));
  assert.deepEqual(raftpb.ConfState.decode(hex("0a0201020803")).voters, [1n, 2n, 3n]);
  assert.deepEqual(raftpb.ConfState.encode(raftpb.ConfState.create({ voters: [1n, 2n] })), hex("080108022800"));
});

test("strings must be UTF-8, except in v2 requests", () => {
  assertRefused(AuthRoleAddRequest, hex("0a02ff41"), "string field contains invalid UTF-8");
  assertRefused(
    AuthRoleAddRequest,
    Uint8Array.from([10, 80, ...new Array(80).fill(0xff)]),
    "string field contains invalid UTF-8",
  );
  assert.equal(Request.decode(hex("1202ff41")).method, "\ufffdA");
  assert.equal(AuthRoleAddRequest.decode(hex("0a06efbbbfc3a441")).name, "\ufeff\u00e4A");
});

test("a lone surrogate is written as U+FFFD", () => {
  assert.deepEqual(AuthRoleAddRequest.encode({ name: "\ud800x" }), hex("0a04efbfbd78"));
});

test("unknown fields survive in messages that are stored, also in pieces", () => {
  const bytes = hex("0a0161f80f051204deadbeeffa0f0268691a0172");
  const user = authpb.User.decode(bytes);
  assert.deepEqual(user.unknownFields, hex("f80f05fa0f026869"));
  assert.deepEqual(authpb.User.encode(user), hex("0a01611204deadbeef1a0172f80f05fa0f026869"));
});

test("nesting ends at a bound, below the stack's", () => {
  const nested = (levels: number) => {
    let bytes: number[] = [];
    // A level each: an operation, and the transaction in it.
    for (let i = 0; i < levels; i += 2) bytes = [0x12, ...delimited([0x22, ...delimited(bytes)])];
    return Uint8Array.from(bytes);
  };
  assert.equal(TxnRequest.decode(nested(depthMax)).success.length, 1);
  assertRefused(TxnRequest, nested(depthMax + 2), "proto: exceeded maximum recursion depth");
});

test("the number of nested messages ends at a bound", () => {
  const operations = new Uint8Array(2 * 200_000);
  for (let i = 0; i < operations.length; i += 2) operations[i] = 0x12;
  assertRefused(TxnRequest, operations, "proto: too many messages");
  assert.equal(TxnRequest.decode(operations.subarray(0, 200)).success.length, 100);
  assert.throws(() => TxnRequest.decode(operations.subarray(0, 200), { messagesMax: 99 }), DecodeError);
  const keys = Uint8Array.from({ length: 300_000 * 3 }, (_, i) => [0x2a, 1, 0x61][i % 3]!);
  assertRefused(LeaseTimeToLiveResponse, keys, "proto: too many messages");
});

test("decoded bytes are views into the input, absent ones the shared empty array", () => {
  const input = Buffer.from("0a0161", "hex");
  const { key, value } = PutRequest.decode(input);
  assert.equal(key.buffer, input.buffer);
  assert.equal(key.constructor, Uint8Array);
  assert.equal(value, EMPTY_BYTES);
});

test("encodeInto() refuses a buffer without room, and leaves it alone", () => {
  const buffer = new Uint8Array(10);
  const message = PutRequest.create({ key: hex("616263") });
  assert.throws(() => PutRequest.encodeInto(message, buffer, 6), RangeError);
  assert.deepEqual(buffer, new Uint8Array(10));
});

test("encoded messages never share a byte", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 60, maxLength: 6000 }), { maxLength: 40 }), (values) => {
      const encoded = values.map((value) => KeyValue.encode(KeyValue.create({ value })));
      assert.deepEqual(
        encoded.map((bytes) => KeyValue.decode(bytes).value),
        values,
      );
    }),
    { numRuns: 20 },
  );
});
