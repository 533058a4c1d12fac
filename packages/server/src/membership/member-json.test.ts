import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  decodeConfigChangeContext,
  decodeMember,
  encodeConfigChangeContext,
  encodeFounder,
  encodeMember,
} from "./member-json.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);
const voter = { id: 0x8e9e05c52164694dn, name: "", peerUrls: ["http://a:1"], clientUrls: [], isLearner: false };

test("the text is what Go writes: fields in order, empty ones left out, ids in full", () => {
  assert.equal(text(encodeMember(voter)), '{"id":10276657743932975437,"peerURLs":["http://a:1"]}');
  const full = { ...voter, name: "m1", clientUrls: ["http://c:1", "http://d:1"], isLearner: true };
  assert.equal(
    text(encodeConfigChangeContext({ member: full, isPromote: false })),
    '{"id":10276657743932975437,"peerURLs":["http://a:1"],"isLearner":true,"name":"m1","clientURLs":["http://c:1","http://d:1"],"isPromote":false}',
  );
});

test("what Go escapes is escaped", () => {
  assert.ok(text(encodeMember({ ...voter, name: '<&>\u2028"' })).includes('"name":"\\u003c\\u0026\\u003e\\u2028\\""'));
});

test("null lists, missing fields and an id of 0 are what Go leaves behind", () => {
  const context = decodeConfigChangeContext(bytes('{"id":0,"peerURLs":null,"isPromote":true}'), 7n);
  assert.deepEqual(context, {
    ok: true,
    value: {
      member: { id: 7n, name: "", peerUrls: [], clientUrls: [], isLearner: false },
      isPromote: true,
      legacy: false,
    },
  });
});

test("the founder of a cluster as before 2.0 says so, any other reads as it always did", () => {
  for (const legacy of [true, false]) {
    const context = decodeConfigChangeContext(encodeFounder(voter, { legacy }), voter.id);
    assert.deepEqual(context, { ok: true, value: { member: voter, isPromote: false, legacy } });
  }
  assert.deepEqual(encodeFounder(voter, { legacy: false }), encodeMember(voter));
});

test("damaged values are told, not thrown", () => {
  const reason = (value: string) => {
    const member = decodeMember(bytes(value), 1n);
    assert.ok(!member.ok);
    return member.error;
  };
  assert.equal(reason(""), "not a JSON object");
  assert.equal(reason("[]"), "not a JSON object");
  assert.equal(reason('{"id":2}'), "id 2 in the value, 1 expected");
  assert.equal(reason('{"id":1,"peerURLs":[1]}'), "a field has the wrong type");
  assert.equal(reason('{"id":1,"name":5}'), "a field has the wrong type");
});

test("every member reads back as itself", () => {
  const member = fc.record(
    {
      id: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
      name: fc.string(),
      peerUrls: fc.array(fc.string()),
      clientUrls: fc.array(fc.string()),
      isLearner: fc.boolean(),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(member, fc.boolean(), (value, isPromote) => {
      assert.deepEqual(decodeMember(encodeMember(value), value.id), { ok: true, value });
      const context = { member: value, isPromote, legacy: false };
      assert.deepEqual(decodeConfigChangeContext(encodeConfigChangeContext(context), value.id), {
        ok: true,
        value: context,
      });
    }),
  );
});
