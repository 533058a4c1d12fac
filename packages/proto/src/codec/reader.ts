// Reads protobuf wire format. Generated code calls these functions with the end of the message it is in.
//
// Invariants: `pos <= end <= buf.length` always; every function either moves `pos` forward within `end` or throws DecodeError, so
// a decode takes time linear in its input. Nesting is bounded by `depthMax`, the number of nested messages by `messagesMax`:
// a sub-message of two bytes becomes an object of a hundred, and the second bound keeps that factor from a hostile sender.
// Source: the protobuf encoding specification; order of checks and texts as etcd's codecs have them.
import { DecodeError, illegalWireType, integerOverflow, negativeLength, unexpectedEof } from "./decode-error.ts";
import type { FieldInfo } from "./message-type.ts";
import { decodeUtf8, decodeUtf8Lossy } from "./utf8.ts";

/** What every absent bytes field decodes to; shared, and has no content that could be changed. */
export const EMPTY_BYTES: Uint8Array = new Uint8Array(0);

/** Levels of nested messages that decode; etcd's own limit on nested transactions is about half of it. */
export const depthMax = 512;

/** Nested messages any input may hold, and how many more for each byte of input. */
const messagesMin = 65_536;
const messagesPerByte = 0.25;

const scratch = new BigInt64Array(1);
const scratchUnsigned = new BigUint64Array(scratch.buffer);
const scratchHalves = new Int32Array(scratch.buffer);
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const lowHalf = littleEndian ? 0 : 1;
const highHalf = littleEndian ? 1 : 0;

/** Position in one input. Fields are plain, not private: the functions below are the hottest code of the server. */
export class Reader {
  readonly buf: Uint8Array;
  pos = 0;
  /** Halves of the varint read last. */
  lo = 0;
  hi = 0;
  /** Levels and messages that may still be entered. */
  depth = depthMax;
  messages: number;

  constructor(buf: Uint8Array, messagesMax = messagesMin + buf.length * messagesPerByte) {
    this.buf = buf;
    this.messages = messagesMax;
  }
}

/** Reads any varint into `lo` and `hi`; bits above 64 are dropped, an eleventh byte is an error. */
function readVarint(r: Reader, end: number): void {
  const buf = r.buf;
  let pos = r.pos;
  let lo = 0;
  let hi = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (pos >= end) throw unexpectedEof();
    const byte = buf[pos++]!;
    const bits = byte & 0x7f;
    if (shift < 28) lo |= bits << shift;
    else if (shift === 28) {
      lo |= bits << 28;
      hi = bits >>> 4;
    } else hi |= bits << (shift - 32);
    if (byte < 0x80) {
      r.pos = pos;
      r.lo = lo;
      r.hi = hi;
      return;
    }
  }
  throw integerOverflow();
}

/** Reads a tag: field number × 8 + wire type. A number that is zero or negative comes back as zero, its tag left in `lo`, `hi`. */
export function readTag(r: Reader, end: number): number {
  const byte = r.buf[r.pos]!;
  if (byte < 0x80) {
    r.pos++;
    r.lo = byte;
    r.hi = 0;
    return byte;
  }
  readVarint(r, end);
  const number = (r.hi << 29) | (r.lo >>> 3) | 0;
  return number > 0 ? number * 8 + (r.lo & 7) : r.lo & 7;
}

/** Reads an unsigned 64-bit integer; saturates at 2^53-1. */
export function readUint64(r: Reader, end: number): number {
  if (r.pos < end && r.buf[r.pos]! < 0x80) return r.buf[r.pos++]!;
  readVarint(r, end);
  const hi = r.hi >>> 0;
  return hi > 0x1fffff ? Number.MAX_SAFE_INTEGER : hi * 0x1_0000_0000 + (r.lo >>> 0);
}

/** Reads a signed 64-bit integer; saturates at ±(2^53-1). */
export function readInt64(r: Reader, end: number): number {
  if (r.pos < end && r.buf[r.pos]! < 0x80) return r.buf[r.pos++]!;
  readVarint(r, end);
  if (r.hi >= 0) return r.hi > 0x1fffff ? Number.MAX_SAFE_INTEGER : r.hi * 0x1_0000_0000 + (r.lo >>> 0);
  return Math.max(r.hi * 0x1_0000_0000 + (r.lo >>> 0), Number.MIN_SAFE_INTEGER);
}

/** Reads a raft index, term or the like: beyond 2^53-1 it cannot be represented, and guessing would be corruption. */
export function readLog64(r: Reader, end: number): number {
  if (r.pos < end && r.buf[r.pos]! < 0x80) return r.buf[r.pos++]!;
  readVarint(r, end);
  const hi = r.hi >>> 0;
  if (hi > 0x1fffff) throw new DecodeError("proto: raft index or term above 2^53-1");
  return hi * 0x1_0000_0000 + (r.lo >>> 0);
}

/** Reads an unsigned 64-bit id. */
export function readUid64(r: Reader, end: number): bigint {
  readVarint(r, end);
  if (r.hi === 0 && r.lo === 0) return 0n;
  scratchHalves[lowHalf] = r.lo;
  scratchHalves[highHalf] = r.hi;
  return scratchUnsigned[0]!;
}

/** Reads a signed 64-bit id. */
export function readId64(r: Reader, end: number): bigint {
  readVarint(r, end);
  if (r.hi === 0 && r.lo === 0) return 0n;
  scratchHalves[lowHalf] = r.lo;
  scratchHalves[highHalf] = r.hi;
  return scratch[0]!;
}

/** Reads an unsigned 32-bit integer; higher bits are dropped. */
export function readUint32(r: Reader, end: number): number {
  readVarint(r, end);
  return r.lo >>> 0;
}

/** Reads a signed 32-bit integer or the number of an enum; higher bits are dropped. */
export function readInt32(r: Reader, end: number): number {
  if (r.pos < end && r.buf[r.pos]! < 0x80) return r.buf[r.pos++]!;
  readVarint(r, end);
  return r.lo;
}

/** Reads a bool: any value but zero is true. */
export function readBool(r: Reader, end: number): boolean {
  if (r.pos < end && r.buf[r.pos]! < 0x80) return r.buf[r.pos++] !== 0;
  readVarint(r, end);
  return (r.lo | r.hi) !== 0;
}

/** Reads a length and returns where that many bytes end. */
export function readEnd(r: Reader, end: number): number {
  let stop: number;
  if (r.pos < end && r.buf[r.pos]! < 0x80) {
    stop = r.buf[r.pos]! + ++r.pos;
  } else {
    readVarint(r, end);
    if (r.hi < 0) throw negativeLength();
    stop = r.pos + r.hi * 0x1_0000_0000 + (r.lo >>> 0);
  }
  if (stop > end) throw unexpectedEof();
  return stop;
}

/** Reads bytes as a view into the input. */
export function readBytes(r: Reader, end: number): Uint8Array {
  const stop = readEnd(r, end);
  const start = r.pos;
  if (stop === start) return EMPTY_BYTES;
  r.pos = stop;
  return new Uint8Array(r.buf.buffer, r.buf.byteOffset + start, stop - start);
}

/** Reads an element of a repeated bytes field; it counts as a message, because a view is as large as one. */
export function readBytesElement(r: Reader, end: number): Uint8Array {
  if (--r.messages < 0) throw new DecodeError("proto: too many messages");
  return readBytes(r, end);
}

/** Reads a string that must be UTF-8 (proto3). */
export function readString(r: Reader, end: number): string {
  const stop = readEnd(r, end);
  const start = r.pos;
  r.pos = stop;
  return decodeUtf8(r.buf, start, stop);
}

/** Reads a string of a proto2 message, where nobody ever checked the encoding: bad sequences become U+FFFD. */
export function readStringLossy(r: Reader, end: number): string {
  const stop = readEnd(r, end);
  const start = r.pos;
  r.pos = stop;
  return decodeUtf8Lossy(r.buf, start, stop);
}

/** Reads the length of a nested message, enters it and returns its end. The caller reads up to there and calls `leave`. */
export function enter(r: Reader, end: number): number {
  const stop = readEnd(r, end);
  if (--r.depth < 0) throw new DecodeError("proto: exceeded maximum recursion depth");
  if (--r.messages < 0) throw new DecodeError("proto: too many messages");
  return stop;
}

/** Leaves the nested message entered last. */
export function leave(r: Reader): void {
  r.depth++;
}

/** The parts of a message type that an unknown field is judged by. */
export interface KnownFields {
  readonly typeName: string;
  readonly fields: readonly FieldInfo[];
}

/** Skips the value behind a tag that generated code does not know; a known field with another wire type is an error. */
export function skipField(r: Reader, tag: number, at: { end: number; type: KnownFields }): void {
  const wireType = tag & 7;
  const number = (tag - wireType) / 8;
  const name = at.type.typeName.slice(at.type.typeName.lastIndexOf(".") + 1);
  if (wireType === 4) throw new DecodeError(`proto: ${name}: wiretype end group for non-group`);
  if (number === 0) throw illegalTag(r, name);
  const known = at.type.fields.find((field) => field.number === number);
  if (known !== undefined) throw new DecodeError(`proto: wrong wireType = ${wireType} for field ${known.goName}`);
  skipValue(r, wireType, at.end);
}

function illegalTag(r: Reader, name: string): DecodeError {
  const number = (r.hi << 29) | (r.lo >>> 3) | 0;
  const wire = (BigInt(r.hi >>> 0) << 32n) | BigInt(r.lo >>> 0);
  return new DecodeError(`proto: ${name}: illegal tag ${number} (wire type ${wire})`);
}

/** Skips the value behind a tag; groups (wire type 3) up to their end, without recursion. */
export function skipValue(r: Reader, firstWireType: number, end: number): void {
  if (firstWireType === 4) throw new DecodeError("proto: unexpected end of group");
  let groups = 0;
  let wireType = firstWireType;
  for (;;) {
    if (wireType === 3) groups++;
    else if (wireType === 4) groups--;
    else skipScalar(r, wireType, end);
    if (groups === 0) return;
    readVarint(r, end);
    wireType = r.lo & 7;
  }
}

function skipScalar(r: Reader, wireType: number, end: number): void {
  if (wireType === 0) readVarint(r, end);
  else if (wireType === 2) r.pos = readEnd(r, end);
  else if (wireType === 1 || wireType === 5) {
    r.pos += wireType === 1 ? 8 : 4;
    if (r.pos > end) throw unexpectedEof();
  } else throw illegalWireType(wireType);
}

/** Appends a skipped field, from `start` to the reader's position, to the unknown fields seen so far: pairs of start and end. */
export function noteUnknown(r: Reader, start: number, ranges: number[] | undefined): number[] {
  if (ranges === undefined) return [start, r.pos];
  if (ranges.at(-1) === start) ranges[ranges.length - 1] = r.pos;
  else ranges.push(start, r.pos);
  return ranges;
}

/** Joins what `noteUnknown` noted, behind what an earlier part of the same message left. The result is a copy. */
export function joinUnknown(r: Reader, ranges: number[], before: Uint8Array | undefined): Uint8Array {
  let size = before?.length ?? 0;
  for (let i = 0; i < ranges.length; i += 2) size += ranges[i + 1]! - ranges[i]!;
  const joined = new Uint8Array(size);
  if (before !== undefined) joined.set(before);
  let offset = before?.length ?? 0;
  for (let i = 0; i < ranges.length; i += 2) {
    joined.set(r.buf.subarray(ranges[i]!, ranges[i + 1]!), offset);
    offset += ranges[i + 1]! - ranges[i]!;
  }
  return joined;
}
