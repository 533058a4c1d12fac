/**
 * The HEADERS frames of a client's requests. Calls that differ in nothing but their message share a frame per path,
 * written by copying; a timeout or metadata makes it an encoding per call.
 */
import { HeaderField } from "../hpack/index.ts";
import { type Http2Connection, type OutgoingField, RepeatedHeaders, writeHeaders } from "../http2/index.ts";
import type { Metadata } from "./metadata.ts";
import { fieldsOf } from "./reply-writer.ts";
import { formatTimeout } from "./timeout.ts";

const pathCountMax = 256;

/** What all requests of a connection say. */
export interface RequestIdentity {
  readonly authority: string;
  readonly scheme: "http" | "https";
  readonly userAgent: string;
  readonly acceptEncoding: string;
}

/** Options of a call that show in its headers. */
export interface RequestOptions {
  /** The server gives up after this time, and so do we. */
  readonly timeoutMs?: number | undefined;
  readonly metadata?: Metadata | undefined;
}

/** Writes request headers on one connection. */
export class RequestWriter {
  readonly #connection: Http2Connection;
  readonly #common: readonly OutgoingField[];
  readonly #byPath = new Map<string, RepeatedHeaders>();

  constructor(connection: Http2Connection, identity: RequestIdentity) {
    this.#connection = connection;
    const fields: [string, string][] = [
      [":method", "POST"],
      [":scheme", identity.scheme],
      [":authority", identity.authority],
      ["te", "trailers"],
      ["content-type", "application/grpc"],
      ["user-agent", identity.userAgent],
    ];
    if (identity.acceptEncoding !== "") fields.push(["grpc-accept-encoding", identity.acceptEncoding]);
    this.#common = fields.map(([name, value]) => ({ field: new HeaderField(name, value), repeats: true }));
  }

  /** Appends the HEADERS of a request. */
  write(id: number, path: string, options: RequestOptions): void {
    const { timeoutMs, metadata } = options;
    if (timeoutMs === undefined && metadata === undefined) this.#repeated(path).write(id);
    else {
      const fields = [...this.#fields(path)];
      // Timeouts hardly ever repeat, so they stay out of the table.
      if (timeoutMs !== undefined) {
        fields.push({ field: new HeaderField("grpc-timeout", formatTimeout(timeoutMs)), repeats: false });
      }
      if (metadata !== undefined) fields.push(...fieldsOf(metadata));
      writeHeaders(this.#connection, fields, { id, endStream: false });
    }
  }

  #repeated(path: string): RepeatedHeaders {
    const known = this.#byPath.get(path);
    if (known !== undefined) return known;
    if (this.#byPath.size >= pathCountMax) this.#byPath.clear();
    const headers = new RepeatedHeaders(this.#connection, this.#fields(path), false);
    this.#byPath.set(path, headers);
    return headers;
  }

  #fields(path: string): OutgoingField[] {
    const pathField = { field: new HeaderField(":path", path), repeats: true };
    // Pseudo-header fields come first (RFC 9113 section 8.3).
    return [...this.#common.slice(0, 3), pathField, ...this.#common.slice(3)];
  }
}
