/**
 * gRPC status: its codes, its escaping in trailers, and how HTTP statuses map to it (gRPC over HTTP2 and "HTTP to
 * gRPC status code mapping" of the gRPC documentation).
 */
import type { Metadata } from "./metadata.ts";

/** The codes every gRPC implementation shares. */
export const GrpcCode = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** How a call ended other than well. */
export interface GrpcStatus {
  readonly code: number;
  readonly message: string;
  /** Sent as trailers beside the status. */
  readonly metadata?: Metadata | undefined;
}

/** What both ends say when a call's time is up. */
export const deadlineExceededText = "context deadline exceeded";

const messageSizeMax = 8192;
const utf8 = new TextEncoder();

/** Escapes a message for the `grpc-message` field; overlong ones are cut. */
export function encodeStatusMessage(message: string): string {
  const text = message.length > messageSizeMax ? message.slice(0, messageSizeMax) : message;
  if (/^[\x20-\x24\x26-\x7e]*$/.test(text) && !text.startsWith(" ") && !text.endsWith(" ")) return text;
  let escaped = "";
  const bytes = utf8.encode(text);
  bytes.forEach((octet, index) => {
    const isEdgeSpace = octet === 0x20 && (index === 0 || index === bytes.length - 1);
    const isPlain = octet >= 0x20 && octet <= 0x7e && octet !== 0x25 && !isEdgeSpace;
    escaped += isPlain ? String.fromCharCode(octet) : `%${octet.toString(16).toUpperCase().padStart(2, "0")}`;
  });
  return escaped;
}

/** Undoes `encodeStatusMessage`; escapes that are none stay as they are. */
export function decodeStatusMessage(escaped: string): string {
  if (!escaped.includes("%")) return escaped;
  const bytes: number[] = [];
  for (let at = 0; at < escaped.length; at++) {
    const hex = escaped.slice(at + 1, at + 3);
    if (escaped[at] === "%" && /^[0-9a-fA-F]{2}$/.test(hex)) {
      bytes.push(Number.parseInt(hex, 16));
      at += 2;
    } else bytes.push(escaped.charCodeAt(at) & 0xff);
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** The code of a reply that is HTTP but not gRPC. */
export function codeOfHttpStatus(status: string): number {
  if (status === "400") return GrpcCode.internal;
  if (status === "401") return GrpcCode.unauthenticated;
  if (status === "403") return GrpcCode.permissionDenied;
  if (status === "404") return GrpcCode.unimplemented;
  return ["429", "502", "503", "504"].includes(status) ? GrpcCode.unavailable : GrpcCode.unknown;
}
