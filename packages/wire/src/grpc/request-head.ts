/**
 * What a request's header block says, derived once per distinct block: requests of one client mostly repeat the same
 * octets, so this result is found ready in the block's memo. Malformed HTTP (RFC 9113 section 8.3) is a stream error;
 * a well-formed request that is no acceptable gRPC call gets grpc-go's answer.
 */
import { FieldKind, type HeaderBlock, type HeaderField } from "../hpack/index.ts";
import { decodeBase64 } from "../lib/index.ts";
import type { MessageCodec } from "./compression.ts";
import { Metadata } from "./metadata.ts";
import { GrpcCode } from "./status.ts";
import { parseTimeout } from "./timeout.ts";

/** An answer in place of a call. */
export interface Refusal {
  readonly httpStatus: number;
  readonly code: number;
  readonly message: string;
}

/** A request's fields. */
export interface RequestFields {
  readonly path: string;
  readonly metadata: Metadata;
  /** Milliseconds, or -1 for no limit. */
  readonly timeoutMs: number;
  /** The `grpc-encoding`, or the empty string. */
  readonly encoding: string;
  /** Announced body size, or -1. */
  readonly contentLength: number;
  readonly refusal: Refusal | undefined;
}

class RequestBuilder {
  method = "";
  scheme = "";
  path = "";
  authority: string | undefined;
  contentType = "";
  timeout: string | undefined;
  encoding = "";
  contentLength = -1;
  readonly metadata = new Metadata();
  badBinary: string | undefined;
  #seen = 0;
  #hasRegular = false;

  /** Takes a field; false when it makes the request malformed. */
  add(field: HeaderField): boolean {
    if (field.kind === FieldKind.malformed || field.kind === FieldKind.status) return false;
    if (field.kind >= FieldKind.method && field.kind <= FieldKind.authority) return this.#pseudo(field);
    this.#hasRegular = true;
    if (field.kind === FieldKind.contentLength) return this.#length(field.value);
    this.#regular(field.name, field.value);
    return true;
  }

  #pseudo(field: HeaderField): boolean {
    const bit = 1 << field.kind;
    if (this.#hasRegular || (this.#seen & bit) !== 0) return false;
    this.#seen |= bit;
    if (field.kind === FieldKind.method) this.method = field.value;
    else if (field.kind === FieldKind.scheme) this.scheme = field.value;
    else if (field.kind === FieldKind.path) this.path = field.value;
    else this.authority = field.value;
    return true;
  }

  #length(value: string): boolean {
    if (!/^[0-9]{1,15}$/.test(value)) return false;
    const length = Number(value);
    if (this.contentLength >= 0 && this.contentLength !== length) return false;
    this.contentLength = length;
    return true;
  }

  #regular(name: string, value: string): void {
    if (name === "content-type") this.contentType = value;
    if (name === "grpc-timeout") this.timeout = value;
    else if (name === "grpc-encoding") this.encoding = value;
    else if (name === "te" || name.startsWith("grpc-accept-") || name === "host") return;
    else {
      if (name.endsWith("-bin") && value.split(",").some((part) => decodeBase64(part) === undefined))
        this.badBinary ??= name;
      this.metadata.addWire(name, value);
    }
  }
}

/** Derives a request's fields; undefined when the request is malformed. */
export function readRequest(block: HeaderBlock): RequestFields | undefined {
  const builder = new RequestBuilder();
  for (const field of block.fields) if (!builder.add(field)) return undefined;
  if (builder.method === "" || builder.scheme === "" || builder.path === "") return undefined;
  if (builder.authority !== undefined) builder.metadata.addWire(":authority", builder.authority);
  const timeoutMs = builder.timeout === undefined ? -1 : parseTimeout(builder.timeout);
  return {
    path: builder.path,
    metadata: builder.metadata.seal(),
    timeoutMs: timeoutMs ?? -1,
    encoding: builder.encoding,
    contentLength: builder.contentLength,
    refusal: refusalOf(builder, timeoutMs),
  };
}

function refusalOf(builder: RequestBuilder, timeoutMs: number | undefined): Refusal | undefined {
  if (!isGrpcContentType(builder.contentType)) {
    const message = `invalid gRPC request content-type ${JSON.stringify(builder.contentType)}`;
    return { httpStatus: 415, code: GrpcCode.invalidArgument, message };
  }
  if (builder.method !== "POST") {
    const message = `Received a HEADERS frame with :method ${JSON.stringify(builder.method)} which should be POST`;
    return { httpStatus: 405, code: GrpcCode.internal, message };
  }
  if (timeoutMs === undefined) {
    const message = `malformed grpc-timeout: ${JSON.stringify(builder.timeout)}`;
    return { httpStatus: 400, code: GrpcCode.internal, message };
  }
  if (builder.badBinary !== undefined) {
    const message = `malformed binary metadata in header ${JSON.stringify(builder.badBinary)}`;
    return { httpStatus: 400, code: GrpcCode.internal, message };
  }
  return undefined;
}

/** `application/grpc`, alone or with a subtype or parameters. */
function isGrpcContentType(value: string): boolean {
  if (!value.startsWith("application/grpc")) return false;
  const next = value[16];
  return next === undefined || next === "+" || next === ";";
}

/** grpc-go's answer to a path nobody serves; `serves` tells which services there are. */
export function unknownPath(path: string, serves: (service: string) => boolean): Refusal {
  const name = path.startsWith("/") ? path.slice(1) : path;
  const slash = name.lastIndexOf("/");
  const service = name.slice(0, Math.max(0, slash));
  const method = name.slice(slash + 1);
  let message = `unknown service ${service}`;
  if (slash < 0) message = `malformed method name: ${JSON.stringify(path)}`;
  else if (serves(service)) message = `unknown method ${method} for service ${service}`;
  return { httpStatus: 200, code: GrpcCode.unimplemented, message };
}

/** grpc-go's answer to a `grpc-encoding` we cannot inflate, whether a message uses it or not. */
export function unknownEncoding(encoding: string, codecs: readonly MessageCodec[]): Refusal | undefined {
  if (encoding === "" || encoding === "identity") return undefined;
  if (codecs.some((codec) => codec.name === encoding)) return undefined;
  const message = `grpc: Decompressor is not installed for grpc-encoding ${JSON.stringify(encoding)}`;
  return { httpStatus: 200, code: GrpcCode.unimplemented, message };
}
