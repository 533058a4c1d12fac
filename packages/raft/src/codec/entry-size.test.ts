// Sizes against an encoder that writes the bytes.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Entry, EntryType } from "../types.ts";
import { entrySize, fittingEnd, VarintReader, varintSize, writeVarint } from "./index.ts";

const entry: fc.Arbitrary<Entry> = fc.record({
  term: fc.maxSafeNat(),
  index: fc.maxSafeNat(),
  type: fc.constantFrom<EntryType[]>(0, 1, 2),
  data: fc.uint8Array({ maxLength: 300 }),
});

function encode({ term, index, type, data }: Entry): number[] {
  const out: number[] = [];
  const field = (tag: number, value: number) => {
    out.push(tag);
    writeVarint(out, BigInt(value));
  };
  if (type !== 0) field(0x08, type);
  field(0x10, term);
  field(0x18, index);
  if (data.length > 0) field(0x22, data.length);
  return [...out, ...data];
}

test("the size of an entry is the length of its encoding", () => {
  fc.assert(fc.property(entry, (of) => assert.equal(entrySize(of), encode(of).length)));
});

test("the size of a varint is the length of its encoding, also at the borders", () => {
  const borders = [1, 2, 3, 4, 5, 6, 7].flatMap((bytes) => [2 ** (7 * bytes) - 1, 2 ** (7 * bytes)]);
  for (const value of [0, ...borders, Number.MAX_SAFE_INTEGER]) {
    const out: number[] = [];
    writeVarint(out, BigInt(value));
    assert.equal(varintSize(value), out.length, String(value));
  }
});

test("unsigned 64-bit integers survive a round trip", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
      const out: number[] = [];
      writeVarint(out, value);
      assert.equal(new VarintReader(Uint8Array.from(out)).varint(), value);
    }),
  );
});

test("truncated and endless varints fail", () => {
  for (const bytes of [[], [0x80], Array.from({ length: 11 }, () => 0x80)]) {
    const reader = new VarintReader(Uint8Array.from(bytes));
    reader.varint();
    assert.equal(reader.failed, true);
  }
});

test("the longest fitting prefix is found, and the first entry always fits", () => {
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 8 }), fc.nat({ max: 1500 }), (entries, limit) => {
      const end = fittingEnd({ entries, from: 0, to: entries.length }, limit);
      const size = (count: number) => entries.slice(0, count).reduce((sum, of) => sum + entrySize(of), 0);
      assert.ok(end === 1 || size(end) <= limit);
      assert.ok(end === entries.length || size(end + 1) > limit);
    }),
  );
});
