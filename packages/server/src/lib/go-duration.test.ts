import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatGoDuration, parseGoDuration } from "./go-duration.ts";

const readable: readonly (readonly [string, number])[] = [
  ["0", 0],
  ["-0", 0],
  ["5s", 5000],
  ["1h30m", 5_400_000],
  ["1.5h", 5_400_000],
  [".5s", 500],
  ["1.s", 1000],
  ["100ms", 100],
  ["10us", 0.01],
  ["10\u00b5s", 0.01],
  ["1ns", 1e-6],
  ["-2m", -120_000],
  ["+2m", 120_000],
  ["1m1m", 120_000],
];
for (const [text, ms] of readable) test(`${text} is ${ms} ms`, () => assert.equal(parseGoDuration(text), ms + 0));

for (const text of ["", "5", "-", "+", "s", "1 s", "1x", "1h ", "1.2.3s", ".s", "1e3s", "3000000h", "--1s", "1S"])
  test(`${JSON.stringify(text)} is no duration`, () => assert.equal(parseGoDuration(text), undefined));

const printed: readonly (readonly [number, string])[] = [
  [0, "0s"],
  [1e-6, "1ns"],
  [0.0015, "1.5\u00b5s"],
  [100, "100ms"],
  [1500, "1.5s"],
  [60_000, "1m0s"],
  [5_400_000, "1h30m0s"],
  [-120_000, "-2m0s"],
];
for (const [ms, text] of printed) test(`${ms} ms prints as ${text}`, () => assert.equal(formatGoDuration(ms), text));

test("what is printed reads back as the same time", () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), (ms) => assert.equal(parseGoDuration(formatGoDuration(ms)), ms)),
  );
});
