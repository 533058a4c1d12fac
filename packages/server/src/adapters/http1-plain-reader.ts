/**
 * Reads requests of HTTP/1.1 that came whole and alone in one piece and have nothing special about them, as nearly all
 * do. It only ever accepts: what it does not know, finds strange or would have to refuse is left to `node:http`, whose
 * parser decides then. So everything accepted here is a request that `node:http` reads alike; a test compares the two.
 */
import type { Socket } from "node:net";
import { type Http1Headers, Http1Request } from "./http1-request.ts";

/** Heads beyond this are left to `node:http`, which knows the bound for them. */
const headBytesMax = 8 * 1024;
const headEnd = "\r\n\r\n";
const requestLine = /^(GET|PUT|POST|DELETE) (\/[\w\-.~!$&'()*+,;=:@%/]*)(?:\?([\w\-.~!$&'()*+,;=:@%/?]*))? HTTP\/1\.1$/;
const headerLine = /^([\w!#$%&'*+\-.^`|~]+):([\t\x20-\x7e]*)$/;
const lengthForm = /^\d{1,9}$/;
/** What decides how a message is read or how a connection goes on, and what Node gives in another form. */
const specialHeaders: ReadonlySet<string> = new Set([
  ...["transfer-encoding", "trailer", "te", "upgrade", "expect", "http2-settings"],
  ...["proxy-connection", "set-cookie", "__proto__"],
]);
const noBytes = new Uint8Array(0);

interface HeaderBlock {
  readonly headers: Http1Headers;
  readonly bodyBytes: number;
}

/** Reads the requests of one connection, whose headers are mostly the same each time and are then read once. */
export class Http1PlainReader {
  readonly #socket: Socket;
  readonly #bodyBytesMax: number;
  #text = "";
  #block: HeaderBlock | undefined;

  constructor(socket: Socket, { bodyBytesMax }: { bodyBytesMax: number }) {
    this.#socket = socket;
    this.#bodyBytesMax = bodyBytesMax;
  }

  /** The request these bytes are, no less and no more; undefined for anything else. Its body is a view of them. */
  read(bytes: Buffer): Http1Request | undefined {
    const head = bytes.toString("latin1", 0, Math.min(bytes.length, headBytesMax));
    const end = head.indexOf(headEnd);
    const lineEnd = head.indexOf("\r\n");
    if (end < 0) return undefined;
    const line = requestLine.exec(head.slice(0, lineEnd));
    const block = line === null ? undefined : this.#headers(head.slice(lineEnd + 2, end + 2));
    const bodyStart = end + headEnd.length;
    if (line === null || block === undefined || bodyStart + block.bodyBytes !== bytes.length) return undefined;
    const { headers, bodyBytes } = block;
    const body = bodyBytes === 0 ? noBytes : bytes.subarray(bodyStart);
    return new Http1Request({
      socket: this.#socket,
      method: line[1]!,
      path: line[2]!,
      query: line[3] ?? "",
      headers,
      body,
    });
  }

  #headers(text: string): HeaderBlock | undefined {
    if (text === this.#text) return this.#block;
    this.#block = readHeaders(text, this.#bodyBytesMax);
    this.#text = text;
    return this.#block;
  }
}

/** Every line ends with CR LF. */
function readHeaders(text: string, bodyBytesMax: number): HeaderBlock | undefined {
  const headers: Record<string, string> = {};
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf("\r\n", start);
    const parts = headerLine.exec(text.slice(start, end));
    const name = parts?.[1]?.toLowerCase() ?? "";
    if (parts === null || specialHeaders.has(name) || Object.hasOwn(headers, name)) return undefined;
    // Tabs and spaces are all the space there can be.
    headers[name] = parts[2]!.trim();
    start = end + 2;
  }
  const { host, connection = "keep-alive", "content-length": length = "0" } = headers;
  if (host === undefined || connection.toLowerCase() !== "keep-alive" || !lengthForm.test(length)) return undefined;
  const bodyBytes = Number(length);
  return bodyBytes > bodyBytesMax ? undefined : { headers, bodyBytes };
}
