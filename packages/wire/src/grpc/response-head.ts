/**
 * What a response's header block says, derived once per distinct block and left in its memo: the blocks of
 * successful replies are the same octets every time.
 */
import { FieldKind, type HeaderBlock } from "../hpack/index.ts";
import { Metadata } from "./metadata.ts";
import { codeOfHttpStatus, decodeStatusMessage, GrpcCode } from "./status.ts";

/** A response's headers or trailers. */
export interface ResponseFields {
  /** The HTTP status; empty in trailers. */
  readonly httpStatus: string;
  readonly isGrpc: boolean;
  /** The `grpc-status`, or -1 when there is none. */
  readonly code: number;
  readonly message: string;
  readonly encoding: string;
  readonly metadata: Metadata;
}

/** Reads a block; undefined when it is malformed. */
export function readResponse(block: HeaderBlock): ResponseFields | undefined {
  if (block.isTooLarge) return undefined;
  let [httpStatus, contentType, code, message, encoding] = ["", "", -1, "", ""];
  const metadata = new Metadata();
  for (const { kind, name, value } of block.fields) {
    if (kind === FieldKind.malformed || (kind >= FieldKind.method && kind <= FieldKind.authority)) return undefined;
    if (kind === FieldKind.status) httpStatus = value;
    else if (name === "grpc-status") code = /^[0-9]{1,9}$/.test(value) ? Number(value) : GrpcCode.unknown;
    else if (name === "grpc-message") message = decodeStatusMessage(value);
    else if (name === "grpc-encoding") encoding = value;
    else {
      if (name === "content-type") contentType = value;
      metadata.addWire(name, value);
    }
  }
  return {
    httpStatus,
    isGrpc: contentType.startsWith("application/grpc"),
    code,
    message,
    encoding,
    metadata: metadata.seal(),
  };
}

/** The status of a response that is HTTP but no gRPC, as grpc-go words it. */
export function statusOfHttp(fields: ResponseFields): { code: number; message: string } {
  const type = fields.metadata.get("content-type");
  const status = `unexpected HTTP status code received from server: ${fields.httpStatus}`;
  const content =
    type === undefined
      ? "malformed header: missing HTTP content-type"
      : `transport: received unexpected content-type ${JSON.stringify(type)}`;
  const message = fields.httpStatus === "200" ? content : `${status}; ${content}`;
  return { code: codeOfHttpStatus(fields.httpStatus), message };
}
