import assert from "node:assert/strict";
import { test } from "node:test";
import { Request } from "@etcd-ts/proto";
import fc from "fast-check";
import { isReadAlike } from "./read-alike.ts";

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc
    .array(fc.constantFrom("\ud83d\ude00", "\ud83d", "\ude00", "é", "x".repeat(40)), { maxLength: 4 })
    .map((parts) => parts.join("")),
);
const whole = fc.oneof(fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }), fc.bigInt({ min: 0n, max: 9n }));
const count = fc.oneof(
  fc.integer({ min: -2 }),
  fc.double().filter((value) => value !== 0),
  fc.constant(Number.MAX_SAFE_INTEGER),
);
const maybe = fc.constantFrom(undefined, true, false);
const request = fc.record({
  ...{ id: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), method: text, path: text, val: text, prevValue: text },
  ...{
    dialect: fc.oneof(fc.constant(undefined), text),
    prevIndex: count,
    since: count,
    expiration: whole,
    time: whole,
  },
  ...{ dir: fc.boolean(), wait: fc.boolean(), recursive: fc.boolean(), sorted: fc.boolean(), quorum: fc.boolean() },
  ...{ stream: fc.boolean(), prevExist: maybe, refresh: maybe },
});

test("what is called read alike is read from the log as it was", () => {
  fc.assert(
    fc.property(request, (fields) => {
      const one = Request.create(fields);
      if (isReadAlike(one)) assert.deepEqual(Request.decode(Request.encode(one)), one);
    }),
    { numRuns: 3000 },
  );
});

test("requests as clients send them are read alike, texts that are no Unicode are not", () => {
  assert.ok(
    isReadAlike(Request.create({ method: "PUT", path: "/1/é😀", val: "x".repeat(300), expiration: 2n ** 62n })),
  );
  for (const val of ["\ud800", "a\udc00", "\udc00\ud800"])
    assert.ok(!isReadAlike(Request.create({ method: "PUT", val })));
  assert.ok(!isReadAlike(Request.create({ method: "PUT", expiration: -(2n ** 63n) - 1n })));
});
