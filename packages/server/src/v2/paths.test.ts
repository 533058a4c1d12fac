import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatTime, parseTime, zeroTimeNs, zeroTimeText } from "./go-time.ts";
import { cleanPath, compareKeys, isHiddenBelow } from "./paths.ts";

const cleaned = [
  ["/a/b", "/a/b"],
  ["/a/b/", "/a/b"],
  ["//a///b", "/a/b"],
  ["/a/./b/.", "/a/b"],
  ["/a/../../b", "/b"],
  ["a/b", "/a/b"],
  ["", "/"],
  ["/..", "/"],
  ["/a/...", "/a/..."],
  ["/.a/b.", "/.a/b."],
] as const;

for (const [path, expected] of cleaned)
  test(`cleanPath(${JSON.stringify(path)}) is ${expected}`, () => assert.equal(cleanPath(path), expected));

test("compareKeys() orders as the bytes of UTF-8 do", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (left, right) => {
      const expected = Math.sign(Buffer.compare(Buffer.from(left), Buffer.from(right)));
      assert.equal(Math.sign(compareKeys(left, right)), expected);
    }),
  );
});

test("isHiddenBelow() minds hidden names below the watched path only", () => {
  assert.equal(isHiddenBelow("/1", "/1/_a"), true);
  assert.equal(isHiddenBelow("/1/_a", "/1/_a"), false);
  assert.equal(isHiddenBelow("/1/_a", "/1/_a/b"), false);
  assert.equal(isHiddenBelow("/1/_a", "/1/_a/_b/c"), true);
  assert.equal(isHiddenBelow("/", "/_a"), true);
  assert.equal(isHiddenBelow("/1/d/longer", "/1/_d"), false);
});

test("times are written and read as Go does, to the nanosecond", () => {
  assert.equal(formatTime(0n), "1970-01-01T00:00:00Z");
  assert.equal(formatTime(1_500_000_000_120_000_000n), "2017-07-14T02:40:00.12Z");
  assert.equal(formatTime(-1n), "1969-12-31T23:59:59.999999999Z");
  assert.equal(formatTime(zeroTimeNs), zeroTimeText);
  assert.equal(parseTime("2017-07-14T04:40:00.12+02:00"), 1_500_000_000_120_000_000n);
  assert.equal(parseTime("yesterday"), undefined);
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 18n), 9n * 10n ** 18n), (ns) => assert.equal(parseTime(formatTime(ns)), ns)),
  );
});
