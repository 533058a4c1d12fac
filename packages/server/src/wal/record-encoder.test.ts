import assert from "node:assert/strict";
import { test } from "node:test";
import { raftpb, walpb } from "@etcd-ts/proto";
import fc from "fast-check";
import { updateCrc32c } from "./crc32c.ts";
import { paddingOf, readFrameHeader, recordTypes } from "./frame.ts";
import { RecordEncoder } from "./record-encoder.ts";

interface Plain {
  readonly type: number;
  readonly data: Uint8Array;
}

/** Records one by one through the generated codec, as the format says. */
function naiveEncode(crc: number, records: readonly Plain[]): Uint8Array {
  let chained = crc;
  const parts: Uint8Array[] = [];
  for (const { type, data } of records) {
    chained = updateCrc32c(chained, data, 0, data.byteLength);
    const record = walpb.Record.encode({ type, crc: chained, data });
    const padding = paddingOf(record.byteLength);
    const header = new DataView(new ArrayBuffer(8));
    header.setUint32(0, record.byteLength, true);
    header.setUint8(7, padding === 0 ? 0 : 0x80 | padding);
    parts.push(new Uint8Array(header.buffer), record, new Uint8Array(padding));
  }
  return Buffer.concat(parts);
}

const entry = fc.record({
  type: fc.constantFrom(0 as const, 1 as const, 2 as const),
  term: fc.maxSafeNat(),
  index: fc.maxSafeNat(),
  data: fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.nat(100_000).map((size) => new Uint8Array(size).fill(3)),
  ),
});
const state = fc.record({ term: fc.maxSafeNat(), vote: fc.bigInt(0n, 2n ** 64n - 1n), commit: fc.maxSafeNat() });

test("records are encoded as the generated codec does, one behind the other", () => {
  const records = fc.array(fc.oneof(entry, state), { maxLength: 12 });
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), records, (crc, list) => {
      const encoder = new RecordEncoder(crc);
      const plain: Plain[] = list.map((record) => {
        if ("vote" in record) {
          encoder.hardState(record);
          return { type: recordTypes.state, data: raftpb.HardState.encode(record) };
        }
        encoder.entry(record);
        return { type: recordTypes.entry, data: raftpb.Entry.encode(record) };
      });
      assert.deepEqual(Buffer.from(encoder.bytes()), naiveEncode(crc, plain));
    }),
  );
});

test("a checksum of few bytes leaves no gap in the record", () => {
  // Data after which the checksum is small, found by trying.
  const small = findEntry((crc) => crc < 0x4000);
  const encoder = new RecordEncoder(0);
  encoder.entry(small);
  const plain = [{ type: recordTypes.entry, data: raftpb.Entry.encode(small) }];
  assert.deepEqual(Buffer.from(encoder.bytes()), naiveEncode(0, plain));
});

function findEntry(wanted: (crc: number) => boolean): raftpb.Entry {
  for (let index = 1; index < 2_000_000; index++) {
    const made = { type: 0 as const, term: 1, index, data: new Uint8Array(0) };
    const data = raftpb.Entry.encode(made);
    if (wanted(updateCrc32c(0, data, 0, data.byteLength))) return made;
  }
  throw new Error("no such entry");
}

test("clear() forgets bytes and keeps the checksum", () => {
  const encoder = new RecordEncoder(5);
  encoder.metadata(Uint8Array.of(1, 2, 3));
  const { crc } = encoder;
  encoder.clear();
  assert.equal(encoder.length, 0);
  assert.equal(encoder.crc, crc);
});

test("every record starts at a multiple of eight", () => {
  const encoder = new RecordEncoder(0);
  for (let size = 0; size < 20; size++) {
    encoder.metadata(new Uint8Array(size).fill(1));
    assert.equal(encoder.length % 8, 0);
  }
});

test("a frame header gives back what was written, and zero is the end", () => {
  const encoder = new RecordEncoder(0);
  encoder.metadata(new Uint8Array(70_000));
  const frame = readFrameHeader(encoder.bytes(), 0)!;
  assert.equal(8 + frame.recordBytes + frame.paddingBytes, encoder.length);
  assert.equal(readFrameHeader(new Uint8Array(8), 0), undefined);
});
