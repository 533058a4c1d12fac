/**
 * The frames of replies. The headers and trailers of a successful one are the same octets every time, so a reply is
 * two small copies around the message; everything else is encoded field by field.
 */
import { HeaderField } from "../hpack/index.ts";
import { type Http2Connection, type OutgoingField, RepeatedHeaders, writeHeaders } from "../http2/index.ts";
import { messageFrameSize, putMessageHead } from "./message-frame.ts";
import type { Metadata } from "./metadata.ts";
import { encodeStatusMessage, type GrpcStatus } from "./status.ts";

const http200: OutgoingField = { field: new HeaderField(":status", "200"), repeats: true };
const contentType: OutgoingField = { field: new HeaderField("content-type", "application/grpc"), repeats: true };
const statusOk: OutgoingField = { field: new HeaderField("grpc-status", "0"), repeats: true };

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

  /**
   * Appends a whole successful reply but for its message, and returns the offset the message belongs at. The caller
   * counts it against the windows.
   */
  whole(id: number, messageSize: number): number {
    const { out } = this.#connection;
    const headSize = this.#head.sizeBytes;
    const okSize = this.#ok.sizeBytes;
    if (headSize === 0 || okSize === 0) return this.#wholeSlowly(id, messageSize);
    const start = out.reserve(headSize + messageFrameSize(messageSize) + okSize);
    const bytes = out.bytes;
    this.#head.put(bytes, start, id);
    const messageAt = putMessageHead(bytes, start + headSize, id, messageSize, false);
    this.#ok.put(bytes, messageAt + messageSize, id);
    return messageAt;
  }

  #wholeSlowly(id: number, messageSize: number): number {
    const { out } = this.#connection;
    this.#head.write(id);
    const at = out.reserve(messageFrameSize(messageSize));
    const messageAt = putMessageHead(out.bytes, at, id, messageSize, false);
    this.#ok.write(id);
    return messageAt;
  }

  /** Appends response headers. */
  head(id: number, metadata: Metadata | undefined): void {
    if (metadata === undefined || metadata.size === 0) this.#head.write(id);
    else writeHeaders(this.#connection, [http200, contentType, ...fieldsOf(metadata)], { id, endStream: false });
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

function statusFields(status: GrpcStatus): OutgoingField[] {
  const fields = [{ field: new HeaderField("grpc-status", String(status.code)), repeats: true }];
  const message = encodeStatusMessage(status.message);
  if (message !== "") fields.push({ field: new HeaderField("grpc-message", message), repeats: false });
  return status.metadata === undefined ? fields : [...fields, ...fieldsOf(status.metadata)];
}

/** Metadata as fields; credentials come with every call and enter the table. */
export function fieldsOf(metadata: Metadata): OutgoingField[] {
  return Array.from(metadata.entries(), ([name, value]) => ({
    field: new HeaderField(name, value),
    repeats: name === "token" || name === "authorization",
  }));
}
