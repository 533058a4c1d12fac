// A log entry's InternalRaftRequest around a request that is already encoded.
//
// A client's request arrives as bytes and goes into the log as the same bytes: nothing is decoded or encoded again between the
// two. The bytes written equal those of Go's encoder: fields ascend, so that the header (100) stands behind the key-value
// requests (3 to 11) and before those of auth and membership (1000 and up).
//
//   | tag of the field, length, raw request |   and   | tag 100, length, RequestHeader |   in the order of their numbers

import {
  allocateBytes,
  EMPTY_BYTES,
  enter,
  leave,
  Reader,
  readBytes,
  readTag,
  readUid64,
  sizeOfVarint32,
  skipField,
  writeBytes,
  writeVarint32,
} from "../codec/index.ts";
import { etcdserverpb, InternalRaftRequest, RequestHeader } from "../generated/index.ts";

/** Which request an entry holds: the name of a field of InternalRaftRequest. */
export type InternalRequestField = Exclude<keyof InternalRaftRequest, "id" | "header" | "unknownFields">;

/** A request on its way into the log. */
export interface InternalRequestParts {
  /** Number that the proposer recognises its own entry by; goes into the header. */
  readonly headerId: bigint;
  /** The authenticated user; left out while auth is off. */
  readonly username?: string;
  readonly authRevision?: number;
  readonly field: InternalRequestField;
  /** The encoded request message. */
  readonly raw: Uint8Array;
}

/** A request as found in the log. */
export interface InternalRequestView {
  /** The header's id, or that of the entry itself where it has one (entries of v2 requests and of old releases). */
  readonly id: bigint;
  readonly username: string;
  readonly authRevision: number;
  /** Undefined when the entry holds no request this release knows: a newer release wrote it. */
  readonly field: InternalRequestField | undefined;
  /** The encoded request: a view into the entry. */
  readonly raw: Uint8Array;
}

const headerNumber = 100;
const idNumber = 1;
const lengthDelimited = 2;

const numbers = new Map<InternalRequestField, number>();
const requestTags = new Map<number, InternalRequestField>();
for (const { number, localName } of InternalRaftRequest.fields) {
  if (number === headerNumber || number === idNumber) continue;
  numbers.set(localName as InternalRequestField, number);
  requestTags.set(number * 8 + lengthDelimited, localName as InternalRequestField);
}

/** Encodes the entry data of a request; copies `raw`. */
export function wrapInternalRequest(parts: InternalRequestParts): Uint8Array {
  const number = numbers.get(parts.field)!;
  const header = { id: parts.headerId, username: parts.username ?? "", authRevision: parts.authRevision ?? 0 };
  const headerSize = RequestHeader.sizeOf(header);
  const tag = number * 8 + lengthDelimited;
  const rawSize = parts.raw.length;
  const bytes = allocateBytes(
    // The header's tag takes two bytes.
    2 + sizeOfVarint32(headerSize) + headerSize + sizeOfVarint32(tag) + sizeOfVarint32(rawSize) + rawSize,
  );
  let end = bytes.length;
  if (number < headerNumber) end = writeHeader(bytes, end, header);
  end = writeVarint32(bytes, writeBytes(bytes, end, parts.raw), tag);
  if (number > headerNumber) writeHeader(bytes, end, header);
  return bytes;
}

function writeHeader(bytes: Uint8Array, end: number, header: RequestHeader): number {
  const start = etcdserverpb.writeRequestHeader(header, bytes, end);
  return writeVarint32(bytes, writeVarint32(bytes, start, end - start), headerNumber * 8 + lengthDelimited);
}

/**
 * Finds the request of an entry without decoding it: `raw` goes to the codec that `field` names. Throws DecodeError for bytes
 * that are no InternalRaftRequest, and so for every v2 `Request` of earlier releases: they stand in the log without a wrapper and
 * their fifth field never has the wire type of ours. Unknown fields are skipped.
 */
export function peekInternalRequest(data: Uint8Array): InternalRequestView {
  const r = new Reader(data);
  const end = data.length;
  let id = 0n;
  let header: RequestHeader | undefined;
  let field: InternalRequestField | undefined;
  let raw = EMPTY_BYTES;
  while (r.pos < end) {
    const tag = readTag(r, end);
    const name = requestTags.get(tag);
    if (name !== undefined) {
      field = name;
      raw = readBytes(r, end);
    } else if (tag === headerNumber * 8 + lengthDelimited) {
      header = etcdserverpb.readRequestHeader(r, enter(r, end), header);
      leave(r);
    } else if (tag === idNumber * 8) id = readUid64(r, end);
    else skipField(r, tag, { end, type: InternalRaftRequest });
  }
  if (id === 0n && header !== undefined) id = header.id;
  return { id, username: header?.username ?? "", authRevision: header?.authRevision ?? 0, field, raw };
}
