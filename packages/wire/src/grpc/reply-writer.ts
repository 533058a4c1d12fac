/**
 * The frames of replies. The headers and trailers of a successful one are the same octets every time, so a reply is
 * two small copies around the message; everything else is encoded field by field.
 */
import { HeaderField } from "../hpack/index.ts";
import {
  FrameType,
  frameHeaderSize,
  type Http2Connection,
  type OutgoingField,
  putFrameHeader,
  putUint32,
  RepeatedHeaders,
  typeAndFlags,
  writeHeaders,
} from "../http2/index.ts";
import { prefixSize } from "./message-assembly.ts";
import type { Metadata } from "./metadata.ts";
import { encodeStatusMessage, type GrpcStatus } from "./status.ts";

const http200: OutgoingField = { field: new HeaderField(":status", "200"), repeats: true };
const contentType: OutgoingField = { field: new HeaderField("content-type", "application/grpc"), repeats: true };
const statusOk: OutgoingField = { field: new HeaderField("grpc-status", "0"), repeats: true };
const dataFrame = typeAndFlags(FrameType.data, 0);

/** Writes the replies of one connection. */
export class ReplyWriter {
  readonly #connection: Http2Connection;
  readonly #head: RepeatedHeaders;
  readonly #ok: RepeatedHeaders;

  constructor(connection: Http2Connection) {
    this.#connection = connection;
    this.#head = new RepeatedHeaders(connection, [http200, contentType], false);
    this.#ok = new RepeatedHeaders(connection, [statusOk], true);
  }

  /** Appends a whole successful reply but for its message, and returns the offset the message belongs at. */
  whole(id: number, messageSize: number): number {
    const { out, scheduler } = this.#connection;
    const headSize = this.#head.sizeBytes;
    const okSize = this.#ok.sizeBytes;
    scheduler.windowBytes -= messageSize + prefixSize;
    if (headSize === 0 || okSize === 0) return this.#wholeSlowly(id, messageSize);
    const start = out.reserve(headSize + frameHeaderSize + prefixSize + messageSize + okSize);
    const bytes = out.bytes;
    this.#head.put(bytes, start, id);
    const messageAt = putMessageHead(bytes, start + headSize, id, messageSize);
    this.#ok.put(bytes, messageAt + messageSize, id);
    return messageAt;
  }

  #wholeSlowly(id: number, messageSize: number): number {
    const { out } = this.#connection;
    this.#head.write(id);
    const at = out.reserve(frameHeaderSize + prefixSize + messageSize);
    const messageAt = putMessageHead(out.bytes, at, id, messageSize);
    this.#ok.write(id);
    return messageAt;
  }

  /** Appends response headers. */
  head(id: number, metadata: Metadata | undefined): void {
    if (metadata === undefined || metadata.size === 0) this.#head.write(id);
    else writeHeaders(this.#connection, [http200, contentType, ...fieldsOf(metadata)], { id, endStream: false });
  }

  /** Appends one message as one frame and returns the offset of its bytes. */
  message(id: number, messageSize: number): number {
    const { out, scheduler } = this.#connection;
    scheduler.windowBytes -= messageSize + prefixSize;
    const at = out.reserve(frameHeaderSize + prefixSize + messageSize);
    return putMessageHead(out.bytes, at, id, messageSize);
  }

  /** Appends trailers. */
  trailers(id: number, status: GrpcStatus): void {
    if (status.code === 0 && status.metadata === undefined && status.message === "") this.#ok.write(id);
    else writeHeaders(this.#connection, statusFields(status), { id, endStream: true });
  }

  /** Appends headers and trailers in one: a call that failed before it sent anything. */
  trailersOnly(id: number, status: GrpcStatus, httpStatus: number): void {
    const http = { field: new HeaderField(":status", String(httpStatus)), repeats: httpStatus === 200 };
    writeHeaders(this.#connection, [http, contentType, ...statusFields(status)], { id, endStream: true });
  }
}

function putMessageHead(bytes: Uint8Array, at: number, id: number, messageSize: number): number {
  putFrameHeader(bytes, at, messageSize + prefixSize, dataFrame, id);
  bytes[at + frameHeaderSize] = 0;
  putUint32(bytes, at + frameHeaderSize + 1, messageSize);
  return at + frameHeaderSize + prefixSize;
}

/** A message with its prefix, for the queue. */
export function prefixOf(messageSize: number): Uint8Array {
  const prefix = new Uint8Array(prefixSize);
  putUint32(prefix, 1, messageSize);
  return prefix;
}

function statusFields(status: GrpcStatus): OutgoingField[] {
  const fields = [{ field: new HeaderField("grpc-status", String(status.code)), repeats: true }];
  const message = encodeStatusMessage(status.message);
  if (message !== "") fields.push({ field: new HeaderField("grpc-message", message), repeats: false });
  return status.metadata === undefined ? fields : [...fields, ...fieldsOf(status.metadata)];
}

/** Metadata as fields, not entering the table. */
export function fieldsOf(metadata: Metadata): OutgoingField[] {
  return Array.from(metadata.entries(), ([name, value]) => ({ field: new HeaderField(name, value), repeats: false }));
}
