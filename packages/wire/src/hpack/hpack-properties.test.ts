import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { OutputBuffer } from "../lib/index.ts";
import { DynamicTable } from "./dynamic-table.ts";
import { decodeHuffman, encodeHuffman, huffmanDecodedSizeMax, huffmanSize } from "./huffman.ts";
import { HeaderField, HpackDecoder, HpackEncoder } from "./index.ts";

const octets = fc.uint8Array({ maxLength: 60 }).map((bytes) => String.fromCharCode(...bytes));
const name = fc.oneof(fc.constantFrom(":path", "cookie", "a", "content-type"), octets);
const value = fc.oneof(fc.constantFrom("", "/", "application/grpc", "x".repeat(600)), octets);
const field = fc.record({ name, value, repeats: fc.boolean() });
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ fields: fc.array(field, { maxLength: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ tableSize: fc.integer({ min: 0, max: 4096 }) }) },
);

describe("HPACK", () => {
  it("decodes what it encoded, whatever was encoded before and however the table shrank", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 30 }), (usesHuffman, steps) => {
        const encoder = new HpackEncoder({ usesHuffman });
        const decoder = new HpackDecoder({ tableSizeMax: 4096, listSizeMax: 1 << 20 });
        for (const next of steps) {
          if ("tableSize" in next) {
            encoder.limitTable(next.tableSize);
            continue;
          }
          const output = new OutputBuffer(8);
          encoder.begin(output);
          for (const f of next.fields) encoder.field(output, new HeaderField(f.name, f.value), f.repeats);
          const block = decoder.decode(output.view(), 0, output.length);
          assert.deepEqual(
            block?.fields.map((f) => [f.name, f.value]),
            next.fields.map((f) => [f.name, f.value]),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it("decodes a repeated block to the same object until the table changes", () => {
    const encoder = new HpackEncoder({ usesHuffman: false });
    const decoder = new HpackDecoder({ tableSizeMax: 4096, listSizeMax: 65536 });
    const block = (value: string, repeats: boolean) => {
      const output = new OutputBuffer(8);
      encoder.field(output, new HeaderField("a", "always"), true);
      encoder.field(output, new HeaderField("b", value), repeats);
      return decoder.decode(output.view().slice(), 0, output.length)!;
    };
    for (const value of ["1", "1"]) block(value, false);
    const [first, second] = [block("1", false), block("1", false)];
    assert.equal(first, second);
    block("2", true);
    const third = block("1", false);
    assert.notEqual(third, second);
    assert.deepEqual(
      third.fields.map((f) => f.value),
      ["always", "1"],
    );
  });

  it("never throws on random octets", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 10 }), (blocks) => {
        const decoder = new HpackDecoder({ tableSizeMax: 4096, listSizeMax: 1000 });
        for (const bytes of blocks) {
          const block = decoder.decode(bytes, 0, bytes.length);
          if (block === undefined) return;
          const size = block.fields.reduce((sum, f) => sum + f.sizeBytes, 0);
          assert.ok(size <= 1000);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("the dynamic table", () => {
  it("holds what a plain list with eviction holds", () => {
    const action = fc.oneof(
      fc.record({ insert: fc.integer({ min: 0, max: 200 }) }),
      fc.record({ resize: fc.integer({ min: 0, max: 2000 }) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const table = new DynamicTable(1000);
        let capacity = 1000;
        let model: HeaderField[] = [];
        const evict = (limit: number) => {
          while (model.reduce((sum, f) => sum + f.sizeBytes, 0) > limit && model.length > 0) model = model.slice(0, -1);
        };
        actions.forEach((next, index) => {
          if ("resize" in next) {
            capacity = next.resize;
            table.resize(capacity);
            evict(capacity);
          } else {
            const added = new HeaderField(`n${index}`, "v".repeat(next.insert));
            table.insert(added);
            evict(capacity - added.sizeBytes);
            if (added.sizeBytes <= capacity) model = [added, ...model];
          }
          assert.deepEqual(
            Array.from({ length: table.count }, (_, age) => table.get(age)),
            model,
          );
          assert.equal(table.get(table.count), undefined);
        });
      }),
      { numRuns: 200 },
    );
  });
});

describe("the Huffman code", () => {
  it("decodes what it encoded", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = String.fromCharCode(...bytes);
        const coded = new Uint8Array(huffmanSize(text));
        encodeHuffman(text, coded, 0);
        const output = new Uint8Array(huffmanDecodedSizeMax(coded.length));
        const length = decodeHuffman({ bytes: coded, start: 0, end: coded.length }, output);
        assert.deepEqual(output.subarray(0, length), bytes);
      }),
    );
  });

  const bad = [
    ["padding that is not ones", [0x00]],
    ["a whole octet of padding", [0x1f, 0xff]],
    ["the end-of-string symbol", [0xff, 0xff, 0xff, 0xff]],
  ] as const;
  for (const [what, code] of bad) {
    it(`refuses ${what}`, () => {
      const bytes = new Uint8Array(code);
      assert.equal(decodeHuffman({ bytes, start: 0, end: bytes.length }, new Uint8Array(20)), -1);
    });
  }
});
