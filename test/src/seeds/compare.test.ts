import assert from "node:assert/strict";
import { test } from "node:test";
import { type Comparing, compareJson, compareShape } from "./compare.ts";
import type { Json } from "./step.ts";

const plain: Comparing = { shift: 0, isSorted: false };

const alike: readonly { name: string; expected: Json; actual: Json; how?: Partial<Comparing> }[] = [
  { name: "equal bodies", expected: { action: "get", node: {} }, actual: { node: {}, action: "get" } },
  { name: "indexes moved by the shift", expected: { index: 2 }, actual: { index: 5 }, how: { shift: 3 } },
  {
    name: "another time",
    expected: { expiration: "2013-12-04T12:01:21.8-08:00" },
    actual: { expiration: "2026-01-02T03:04:05Z" },
  },
  { name: "a TTL two seconds on", expected: { ttl: 5 }, actual: { ttl: 3 } },
  { name: "listings in any order", expected: [{ key: "/a" }, { key: "/b" }], actual: [{ key: "/b" }, { key: "/a" }] },
];

const different: typeof alike = [
  { name: "a field too many", expected: {}, actual: { node: null } },
  { name: "a field too few", expected: { node: {} }, actual: {} },
  { name: "an index that did not move", expected: { index: 2 }, actual: { index: 2 }, how: { shift: 3 } },
  { name: "a time that is none", expected: { expiration: "" }, actual: { expiration: "soon" } },
  { name: "a TTL far off", expected: { ttl: 5 }, actual: { ttl: 2 } },
  {
    name: "sorted listings in another order",
    expected: ["a", "b", "c"],
    actual: ["b", "a", "c"],
    how: { isSorted: true },
  },
  { name: "a number as text", expected: { value: 1 }, actual: { value: "1" } },
];

for (const { name, expected, actual, how } of alike) {
  test(`compareJson() accepts ${name}`, () =>
    assert.deepEqual(compareJson(expected, actual, { ...plain, ...how }), []));
}

for (const { name, expected, actual, how } of different) {
  test(`compareJson() refuses ${name}`, () => {
    assert.notDeepEqual(compareJson(expected, actual, { ...plain, ...how }), []);
  });
}

test("compareShape() accepts other values under other ids, and refuses other types and fields", () => {
  const expected = { followers: { "6e3bd23ae5f1eae0": { fail: 0 } } };
  assert.deepEqual(compareShape(expected, { followers: { a8266ecf031671f3: { fail: 7 } } }), []);
  assert.equal(compareShape(expected, { followers: { a8266ecf031671f3: { fail: "7" } } }).length, 1);
  assert.equal(compareShape(expected, { followers: {} }).length, 1);
  assert.equal(compareShape(expected, { others: {} }).length, 1);
});
