// What is put together from encoded parts equals what the full codec writes.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DecodeError, EMPTY_BYTES, type MessageType } from "../codec/index.ts";
import {
  DeleteRangeResponse,
  Event,
  InternalRaftRequest,
  KeyValue,
  PutResponse,
  RangeResponse,
  RangeStreamResponse,
  ResponseOp,
  raw,
  TxnResponse,
  WatchResponse,
} from "../generated/index.ts";
import { arbitraryMessage } from "../testing/arbitrary-message.ts";
import { peekInternalRequest, withoutValue, wrapInternalRequest } from "./index.ts";
import type { InternalRequestField } from "./internal-request.ts";

type AnyType = MessageType<unknown>;

const pairs: readonly [AnyType, AnyType][] = [
  [RangeResponse, raw.RangeResponseRaw],
  [RangeStreamResponse, raw.RangeStreamResponseRaw],
  [PutResponse, raw.PutResponseRaw],
  [DeleteRangeResponse, raw.DeleteRangeResponseRaw],
  [ResponseOp, raw.ResponseOpRaw],
  [TxnResponse, raw.TxnResponseRaw],
  [Event, raw.EventRaw],
  [WatchResponse, raw.WatchResponseRaw],
];

for (const [full, view] of pairs) {
  test(`${full.typeName} from raw parts has the bytes of the full codec`, () => {
    assert.equal(view.typeName, full.typeName.replace("mvccpb", "etcdserverpb"));
    fc.assert(
      fc.property(arbitraryMessage(full), (message) => {
        const bytes = full.encode(message);
        const parts = view.decode(bytes);
        assert.equal(view.sizeOf(parts), bytes.length);
        assert.deepEqual(view.encode(parts), bytes);
      }),
      { numRuns: 60 },
    );
  });
}

const requestFields = InternalRaftRequest.fields.filter(
  (field) => field.type === "message" && field.localName !== "header",
);
const arbitraryRequest = fc.constantFrom(...requestFields).chain((field) =>
  fc.record({
    field: fc.constant(field.localName as InternalRequestField),
    request: arbitraryMessage(field.message!()),
    type: fc.constant(field.message!()),
    headerId: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
    username: fc.string(),
    authRevision: fc.nat(),
  }),
);

test("wrapInternalRequest() has the bytes of the full codec, and peekInternalRequest() finds the request in them", () => {
  fc.assert(
    fc.property(arbitraryRequest, ({ field, request, type, headerId, username, authRevision }) => {
      const encoded = type.encode(request);
      const wrapped = wrapInternalRequest({ headerId, username, authRevision, field, raw: encoded });
      const header = { id: headerId, username, authRevision };
      assert.deepEqual(wrapped, InternalRaftRequest.encode(InternalRaftRequest.create({ header, [field]: request })));
      assert.deepEqual(peekInternalRequest(wrapped), { id: headerId, username, authRevision, field, raw: encoded });
    }),
    { numRuns: 300 },
  );
});

test("peekInternalRequest() tells a request of a later release by an undefined field", () => {
  const entry = Uint8Array.of(0xa2, 0x06, 0x02, 0x08, 0x07, 0x82, 0x7d, 0x01, 0xff);
  assert.deepEqual(peekInternalRequest(entry), {
    id: 7n,
    username: "",
    authRevision: 0,
    field: undefined,
    raw: EMPTY_BYTES,
  });
});

test("peekInternalRequest() takes the entry's own id where it has one", () => {
  const entry = InternalRaftRequest.encode(InternalRaftRequest.create({ id: 3n, authEnable: {} }));
  assert.equal(peekInternalRequest(entry).id, 3n);
});

test("peekInternalRequest() refuses damaged entries", () => {
  assert.throws(() => peekInternalRequest(Uint8Array.of(0x22, 0x05, 0x01)), new DecodeError("unexpected EOF"));
});

test("withoutValue() leaves every other field of a KeyValue", () => {
  fc.assert(
    fc.property(arbitraryMessage(KeyValue), (message) => {
      const expected = KeyValue.encode({ ...(message as KeyValue), value: EMPTY_BYTES });
      assert.deepEqual(withoutValue(KeyValue.encode(message as KeyValue)), expected);
    }),
  );
});
