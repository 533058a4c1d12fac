/**
 * Encodes records, framed and check-summed, one behind the other into one buffer that is used again and again: an
 * entry becomes bytes on their way to the disk with a single copy of its data and no object of its own.
 *
 *     frame header | 0x08 type | 0x10 crc | 0x1a size data | padding
 *
 * `crc` covers the data of every record so far, this one included: a chain that runs on through all segments.
 * Source: etcd's walpb.Record and raftpb messages.
 */
import { raftpb, walpb } from "@etcd-ts/proto";
import { assert } from "../lib/assert.ts";
import { updateCrc32c } from "./crc32c.ts";
import {
  FRAME_HEADER_BYTES,
  paddingOf,
  type RecordType,
  recordBytesMax,
  recordTypes,
  writeFrameHeader,
} from "./frame.ts";

const BUFFER_BYTES = 64 * 1024;
/** A buffer that had to grow beyond this is let go once it is empty. */
const BUFFER_BYTES_KEPT = 8 * 1024 * 1024;
/** Tag and varint of the checksum: most checksums need all five bytes, so that much is left free before the data. */
const CRC_FIELD_BYTES = 6;
const TYPE_FIELD_BYTES = 2;
/** Frame header, the fields before the data, and padding, at their longest. */
const OVERHEAD_BYTES_MAX = FRAME_HEADER_BYTES + TYPE_FIELD_BYTES + CRC_FIELD_BYTES + 6 + 7;

/** Records waiting to be written, and the checksum they end with. */
export class RecordEncoder {
  #buffer = new Uint8Array(BUFFER_BYTES);
  #length = 0;
  /** Checksum of all data so far; set it to continue an existing log. */
  crc: number;

  constructor(crc: number) {
    this.crc = crc;
  }

  /** Bytes encoded and not yet cleared. */
  get length(): number {
    return this.#length;
  }

  /** What was encoded since `clear`; a view that the next record may invalidate. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Forgets the bytes, not the checksum. */
  clear(): void {
    this.#length = 0;
    if (this.#buffer.byteLength > BUFFER_BYTES_KEPT) this.#buffer = new Uint8Array(BUFFER_BYTES);
  }

  entry(entry: raftpb.Entry): void {
    const size = raftpb.Entry.sizeOf(entry);
    const at = this.#begin(size);
    raftpb.Entry.encodeInto(entry, this.#buffer, at);
    this.#end(recordTypes.entry, at, size);
  }

  hardState(state: raftpb.HardState): void {
    const size = raftpb.HardState.sizeOf(state);
    const at = this.#begin(size);
    raftpb.HardState.encodeInto(state, this.#buffer, at);
    this.#end(recordTypes.state, at, size);
  }

  snapshot(snapshot: walpb.Snapshot): void {
    const size = walpb.Snapshot.sizeOf(snapshot);
    const at = this.#begin(size);
    walpb.Snapshot.encodeInto(snapshot, this.#buffer, at);
    this.#end(recordTypes.snapshot, at, size);
  }

  metadata(metadata: Uint8Array): void {
    const at = this.#begin(metadata.byteLength);
    this.#buffer.set(metadata, at);
    this.#end(recordTypes.metadata, at, metadata.byteLength);
  }

  /** The record that opens a segment: the checksum so far, and no data. */
  chainedCrc(): void {
    this.#end(recordTypes.crc, this.#begin(0), 0);
  }

  /** Makes room for a record and tells where its data goes when the checksum takes its full length. */
  #begin(dataBytes: number): number {
    assert(dataBytes <= recordBytesMax, "a record is larger than any reader accepts");
    const start = this.#length;
    if (start + dataBytes + OVERHEAD_BYTES_MAX > this.#buffer.byteLength) this.#grow(dataBytes);
    const sizeField = dataBytes === 0 ? 0 : 1 + varintBytes(dataBytes);
    return start + FRAME_HEADER_BYTES + TYPE_FIELD_BYTES + CRC_FIELD_BYTES + sizeField;
  }

  /** Puts everything around the data that was written at `dataAt`. */
  #end(type: RecordType, dataAt: number, dataBytes: number): void {
    const buffer = this.#buffer;
    const start = this.#length;
    this.crc = updateCrc32c(this.crc, buffer, dataAt, dataAt + dataBytes);
    let at = start + FRAME_HEADER_BYTES;
    buffer[at++] = 0x08;
    buffer[at++] = type;
    buffer[at++] = 0x10;
    at = writeVarint(buffer, at, this.crc);
    if (dataBytes > 0) {
      buffer[at++] = 0x1a;
      at = writeVarint(buffer, at, dataBytes);
      if (at !== dataAt) buffer.copyWithin(at, dataAt, dataAt + dataBytes);
      at += dataBytes;
    }
    const recordBytes = at - start - FRAME_HEADER_BYTES;
    writeFrameHeader(buffer, start, recordBytes);
    const end = at + paddingOf(recordBytes);
    while (at < end) buffer[at++] = 0;
    this.#length = end;
  }

  #grow(dataBytes: number): void {
    const needed = this.#length + dataBytes + OVERHEAD_BYTES_MAX;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.byteLength));
    grown.set(this.bytes());
    this.#buffer = grown;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest >>>= 7) bytes++;
  return bytes;
}

function writeVarint(buffer: Uint8Array, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) buffer[at++] = (rest & 0x7f) | 0x80;
  buffer[at++] = rest;
  return at;
}
