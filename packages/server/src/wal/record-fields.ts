/**
 * Takes a walpb.Record apart where it lies: what every etcd writes (type, checksum, data, in this order, nothing else)
 * without a copy and without an object; anything else protobuf allows goes through the generated codec.
 */
import { DecodeError, walpb } from "@etcd-ts/proto";

/** A record's fields, and where in the buffer its data are. Filled again and again. */
export interface RecordFields {
  type: number;
  crc: number;
  dataStart: number;
  dataEnd: number;
}

/** Reads the record in `buffer[start, end)`; false when it is not one. Positional for speed. */
export function readRecordFields(buffer: Uint8Array, start: number, end: number, into: RecordFields): boolean {
  return readPlainFields(buffer, start, end, into) || readAnyFields(buffer, start, end, into);
}

function readPlainFields(buffer: Uint8Array, start: number, end: number, into: RecordFields): boolean {
  if (end - start < 4 || buffer[start] !== 0x08 || buffer[start + 1]! > 0x7f || buffer[start + 2] !== 0x10)
    return false;
  into.type = buffer[start + 1]!;
  const crcEnd = readVarint32(buffer, start + 3, end);
  if (crcEnd < 0) return false;
  into.crc = varintValue;
  into.dataStart = into.dataEnd = end;
  if (crcEnd === end) return true;
  if (buffer[crcEnd] !== 0x1a) return false;
  const dataStart = readVarint32(buffer, crcEnd + 1, end);
  if (dataStart < 0 || dataStart + varintValue !== end) return false;
  into.dataStart = dataStart;
  return true;
}

function readAnyFields(buffer: Uint8Array, start: number, end: number, into: RecordFields): boolean {
  try {
    const { type, crc, data } = walpb.Record.decode(buffer.subarray(start, end));
    into.type = type;
    into.crc = crc;
    // The data are a view into the buffer, unless there are none.
    into.dataStart = data.byteLength === 0 ? end : data.byteOffset - buffer.byteOffset;
    into.dataEnd = into.dataStart + data.byteLength;
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}

/** The value of the varint read last. */
let varintValue = 0;

/** Reads a varint of at most 32 bits and gives its end, or -1 when it is longer or cut off. */
function readVarint32(buffer: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start, shift = 0; at < end && shift < 35; shift += 7) {
    const byte = buffer[at++]!;
    value |= (byte & 0x7f) << shift;
    if (byte > 0x7f) continue;
    if (shift === 28 && byte > 0x0f) return -1;
    varintValue = value >>> 0;
    return at;
  }
  return -1;
}
