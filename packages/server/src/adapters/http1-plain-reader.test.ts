import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { readBody } from "./http1-body.ts";
import { Http1PlainReader } from "./http1-plain-reader.ts";
import type { Http1Request } from "./http1-request.ts";

const bodyBytesMax = 100;

function read(text: string): Http1Request | undefined {
  return new Http1PlainReader(new Socket(), { bodyBytesMax }).read(Buffer.from(text, "latin1"));
}

/** What `node:http` makes of these bytes: its requests, or that it refuses. */
async function readByNode(text: string): Promise<unknown[]> {
  const found: unknown[] = [];
  const note = async (message: IncomingMessage): Promise<void> => {
    const { method, url, headers } = message;
    const body = await readBody(message, bodyBytesMax);
    found.push({ method, url, headers: { ...headers }, body: typeof body === "object" ? latin1(body) : body });
  };
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 });
  server.on("request", (message, response) => void note(message).then(() => response.end()));
  server.on("clientError", (error) => found.push(error.message));
  const socket = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() });
  server.emit("connection", socket);
  socket.push(Buffer.from(text, "latin1"));
  socket.push(null);
  await new Promise((resolve) => socket.once("close", resolve));
  return found;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

const ordinary = "PUT /v2/keys/a%20b?x=1&y HTTP/1.1\r\nHost: x\r\nX-Any:  a b \t\r\nContent-Length: 7\r\n\r\nvalue=1";

test("an ordinary request is read: target, headers without the space around them, body", () => {
  const request = read(ordinary)!;
  const { method, path, query, headers, body } = request;
  assert.deepEqual([method, path, query, latin1(body)], ["PUT", "/v2/keys/a%20b", "x=1&y", "value=1"]);
  assert.deepEqual(headers, { host: "x", "x-any": "a b", "content-length": "7" });
});

test("what may be read in two ways, or changes how the connection goes on, is left to node:http", () => {
  const get = (more: string, line = "GET / HTTP/1.1"): string => `${line}\r\nHost: x\r\n${more}\r\n`;
  const strange = {
    "a piece of a request": ordinary.slice(0, -1),
    "more than a request": `${ordinary}G`,
    "two requests": ordinary + ordinary,
    "no host": "GET / HTTP/1.1\r\n\r\n",
    "two hosts": get("Host: y\r\n"),
    "two lengths": get("Content-Length: 0\r\nContent-Length: 0\r\n"),
    "a length that is none": get("Content-Length: +0\r\n"),
    "a body beyond the bound": `${get("Content-Length: 101\r\n")}${"x".repeat(101)}`,
    "a body in chunks": `${get("Transfer-Encoding: chunked\r\n")}0\r\n\r\n`,
    "chunks and a length": `${get("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")}0\r\n\r\n`,
    "an end of the connection": get("Connection: close\r\n"),
    "an upgrade": get("Connection: upgrade\r\nUpgrade: h2c\r\n"),
    "a question before the body": get("Expect: 100-continue\r\n"),
    "a folded header": get("A: b\r\n c\r\n"),
    "a space before the colon": get("A : b\r\n"),
    "a line feed alone": "GET / HTTP/1.1\nHost: x\n\n",
    "a line feed in a value": get("A: b\nHost: y\r\n"),
    "a zero byte": get("A: \0\r\n"),
    "a byte beyond ASCII": get("A: \xe4\r\n"),
    "an empty line first": `\r\n${get("")}`,
    "another version": get("", "GET / HTTP/1.0"),
    "another method": get("", "PURGE / HTTP/1.1"),
    "a proxy's target": get("", "GET http://x/ HTTP/1.1"),
    "a space in the target": get("", "GET /a b HTTP/1.1"),
    "a fragment": get("", "GET /a#b HTTP/1.1"),
    "a long head": get(`A: ${"b".repeat(9_000)}\r\n`),
  };
  for (const [name, text] of Object.entries(strange)) assert.equal(read(text), undefined, name);
});

test("the headers of a request do not stay behind for the next", () => {
  const reader = new Http1PlainReader(new Socket(), { bodyBytesMax });
  const headersOf = (more: string) => reader.read(Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\n${more}\r\n`))?.headers;
  assert.deepEqual(headersOf("A: b\r\n"), { host: "x", a: "b" });
  assert.deepEqual(headersOf(""), { host: "x" });
  assert.equal(headersOf("A : b\r\n"), undefined);
  assert.equal(headersOf("A : b\r\n"), undefined);
  assert.deepEqual(headersOf("A: b\r\n"), { host: "x", a: "b" });
});

const parts = [
  ...[
    "GET",
    "PUT",
    "POST",
    "DELETE",
    "HEAD",
    " ",
    "  ",
    "/",
    "/a",
    "?",
    "%",
    "%2f",
    "#",
    "HTTP/1.1",
    "HTTP/1.0",
    "\r\n",
  ],
  ...[
    "\r\n\r\n",
    "\n",
    "\r",
    "\t",
    ":",
    ": ",
    "Host: x\r\n",
    "Host:y",
    "A: b\r\n",
    "a",
    "0",
    "5",
    "12345",
    "\0",
    "\xe4",
    ",",
  ],
  ...[
    "Content-Length: 5\r\n",
    "content-length:",
    "Transfer-Encoding: chunked\r\n",
    "Connection: keep-alive\r\n",
    "=",
    "_",
  ],
  ...[
    "Connection: close\r\n",
    "Expect: 100-continue\r\n",
    "Upgrade: x\r\n",
    "Cookie: a=b\r\n",
    '"',
    "<",
    "{",
    "|",
    "\x7f",
  ],
];

/** A request, mostly sound, with some parts changed. */
const requestText = fc
  .record({
    line: fc.constantFrom("GET /a HTTP/1.1\r\n", "PUT /a?b=c HTTP/1.1\r\n", "DELETE /%41 HTTP/1.1\r\n"),
    headers: fc.subarray(["A: b\r\n", "Connection: keep-alive\r\n", "Cookie: a=b\r\n", "X_y:  \t\r\n"]),
    body: fc.constantFrom("\r\n", "Content-Length: 5\r\n\r\n12345", "Content-Length: 5\r\n\r\n123456"),
    edits: fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom(...parts)), { maxLength: 3 }),
  })
  .map(({ line, headers, body, edits }) => {
    let text = `${line}Host: x\r\n${headers.join("")}${body}`;
    for (const [where, cut, part] of edits) {
      const at = where % text.length;
      text = text.slice(0, at) + part + text.slice(at + cut);
    }
    return text;
  });

test("node:http reads whatever is accepted here, and reads it alike", async () => {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(requestText, async (text) => {
      const request = read(text);
      if (request === undefined) return;
      accepted++;
      const { method, path, query, headers, body } = request;
      const [line = ""] = text.split("\r\n", 1);
      const url = line.split(" ")[1]!;
      assert.equal(url, url.includes("?") ? `${path}?${query}` : path);
      assert.deepEqual(await readByNode(text), [{ method, url, headers: { ...headers }, body: latin1(body) }]);
    }),
    { numRuns: 2_000 },
  );
  assert.ok(accepted > 100, `${accepted} of them were accepted`);
});
