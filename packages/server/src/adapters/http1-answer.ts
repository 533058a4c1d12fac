/** Answers of HTTP/1.1 as bytes. Nothing a handler says in a header can end that header. */
import { STATUS_CODES } from "node:http";
import type { HttpResponse } from "../ports/index.ts";

/** How an answer ends, and when it was made. */
export interface AnswerFrame {
  /** Bytes of the body; undefined when it comes in chunks. */
  readonly bodyBytes: number | undefined;
  /** Whether the connection ends with it. */
  readonly closes: boolean;
  readonly wallMs: number;
}

const headerName = /^[\w!#$%&'*+\-.^`|~]+$/;
const forbiddenInValue = /[^\t\x20-\x7e\x80-\xff]/;

/** The head, with the empty line; latin1. Throws when a header cannot be sent. */
export function answerHead(answer: HttpResponse, { bodyBytes, closes, wallMs }: AnswerFrame): string {
  const { status, headers, commonHeaders } = answer;
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "unknown"}\r\n`;
  for (const name in headers) head += headerLine(name, headers[name]!);
  if (commonHeaders !== undefined) head += linesOf(commonHeaders);
  head += dateLine(wallMs);
  if (closes && headers["Connection"] === undefined) head += "Connection: close\r\n";
  if (!hasBody(status)) return `${head}\r\n`;
  return bodyBytes === undefined
    ? `${head}Transfer-Encoding: chunked\r\n\r\n`
    : `${head}Content-Length: ${bodyBytes}\r\n\r\n`;
}

/** The line a header was last sent with, by name: most say the same in every answer, and are then neither checked nor joined anew. */
const lastLines = new Map<string, { readonly value: string; readonly line: string }>();
const lastLinesMax = 64;
/** Longer values are not kept. */
const keptValueMax = 256;

const commonLines = new WeakMap<object, string>();

function linesOf(headers: NonNullable<HttpResponse["commonHeaders"]>): string {
  const known = commonLines.get(headers);
  if (known !== undefined) return known;
  let lines = "";
  for (const name in headers) lines += headerLine(name, headers[name]!);
  commonLines.set(headers, lines);
  return lines;
}

function headerLine(name: string, value: string): string {
  const last = lastLines.get(name);
  if (last !== undefined && last.value === value) return last.line;
  if (!headerName.test(name) || forbiddenInValue.test(value)) throw new TypeError(`header ${name} cannot be sent`);
  const line = `${name}: ${value}\r\n`;
  if (value.length <= keptValueMax && (last !== undefined || lastLines.size < lastLinesMax))
    lastLines.set(name, { value, line });
  return line;
}

/** Whether answers with this status have a body, be it empty. */
export function hasBody(status: number): boolean {
  return status !== 204 && status !== 304;
}

/** A piece of a body in chunks; must not be empty. */
export function chunkOf(piece: Uint8Array): Buffer {
  const size = `${piece.length.toString(16)}\r\n`;
  const chunk = Buffer.allocUnsafe(size.length + piece.length + 2);
  chunk.write(size, "latin1");
  chunk.set(piece, size.length);
  chunk.write("\r\n", size.length + piece.length, "latin1");
  return chunk;
}

/** The end of a body in chunks. */
export const lastChunk = Buffer.from("0\r\n\r\n");

let dateSecond = 0;
let date = "";

function dateLine(wallMs: number): string {
  const second = Math.floor(wallMs / 1000);
  if (second !== dateSecond) date = `Date: ${new Date(wallMs).toUTCString()}\r\n`;
  dateSecond = second;
  return date;
}
