import assert from "node:assert/strict";
import { test } from "node:test";
import { walpb } from "@etcd-ts/proto";
import fc from "fast-check";
import { readRecordFields } from "./record-fields.ts";

/** What the function reads at an offset of a larger buffer. */
function read(bytes: Uint8Array): walpb.Record | undefined {
  const buffer = new Uint8Array(bytes.byteLength + 9).fill(0x1a);
  buffer.set(bytes, 5);
  const into = { type: 0, crc: 0, dataStart: 0, dataEnd: 0 };
  if (!readRecordFields(buffer, 5, 5 + bytes.byteLength, into)) return undefined;
  return { type: into.type, crc: into.crc, data: buffer.slice(into.dataStart, into.dataEnd) };
}

function naive(bytes: Uint8Array): walpb.Record | undefined {
  try {
    const { type, crc, data } = walpb.Record.decode(bytes);
    return { type, crc, data: data.slice() };
  } catch {
    return undefined;
  }
}

test("records are read as the generated codec reads them", () => {
  const record = fc.record({
    type: fc.maxSafeInteger(),
    crc: fc.nat(0xffff_ffff),
    data: fc.uint8Array({ maxLength: 300 }),
  });
  fc.assert(
    fc.property(record, (made) => {
      assert.deepEqual(read(walpb.Record.encode(made)), { ...made });
    }),
  );
});

test("bytes that are almost a record are read as the generated codec reads them, or refused by both", () => {
  const almost = fc.tuple(fc.uint8Array({ maxLength: 12 }), fc.nat(20), fc.nat(255));
  fc.assert(
    fc.property(almost, ([data, position, byte]) => {
      const bytes = walpb.Record.encode({ type: 2, crc: 0x1234_5678, data });
      bytes[position % bytes.byteLength] = byte;
      assert.deepEqual(read(bytes), naive(bytes));
    }),
    { numRuns: 2000 },
  );
});
