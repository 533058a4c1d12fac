import assert from "node:assert/strict";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, test } from "node:test";
import { type HttpHandler, type HttpRequest, silentLogger } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { type Http1Limits, Http1Server } from "./http1-server.ts";

const text = { "Content-Type": "text/plain" };
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A server on a free port whose deadlines pass when the test says so. */
async function start(handler: HttpHandler, limits: Partial<Http1Limits> = {}) {
  const clock = new FakeClock();
  const http = new Http1Server({ handler, clock, log: silentLogger, limits });
  const listener: Server = createServer((socket) => http.accept(socket));
  await new Promise<void>((done) => listener.listen(0, "127.0.0.1", done));
  const port = (listener.address() as AddressInfo).port;
  const agent = new Agent({ keepAlive: true });
  cleanups.push(() => {
    listener.close();
    agent.destroy();
  });
  return { clock, http, port, agent };
}

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  body: string;
}

function send(
  { port, agent }: { port: number; agent: Agent },
  { path = "/", method = "GET", body }: { path?: string; method?: string; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, agent, path, method, host: "127.0.0.1" }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks).toString() }),
      );
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** A raw connection and everything the server says on it until it closes. */
function raw(port: number, bytes: string): { socket: Socket; closed: Promise<string> } {
  const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
  cleanups.push(() => socket.destroy());
  const closed = new Promise<string>((resolve) => {
    let said = "";
    socket.on("data", (chunk) => {
      said += chunk;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(said));
  });
  return { socket, closed };
}

const echo: HttpHandler = (request: HttpRequest) => ({
  status: 200,
  headers: text,
  body: `${request.method} ${request.path} ?${request.query} ${new TextDecoder().decode(request.body)}`,
});

test("a request arrives whole, and its answer carries length and type", async () => {
  const server = await start(echo);
  const answer = await send(server, { method: "PUT", path: "/v2/keys/a%20b?x=1&y", body: "value=1" });
  assert.equal(answer.body, "PUT /v2/keys/a%20b ?x=1&y value=1");
  assert.equal(answer.headers["content-length"], String(answer.body.length));
  assert.equal(answer.headers["content-type"], "text/plain");
  assert.ok(answer.headers.date);
});

test("a connection serves request after request", async () => {
  const server = await start(echo);
  for (let i = 0; i < 3; i++) await send(server);
  assert.equal(server.http.connectionCount, 1);
});

const pipelined = (paths: readonly string[]) => paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join("");

test("pipelined requests are served one after the other, in order", async () => {
  const seen: string[] = [];
  const server = await start(async ({ path }) => {
    seen.push(`begin ${path}`);
    await new Promise(setImmediate);
    seen.push(`end ${path}`);
    return { status: 200, headers: text, body: path };
  });
  const { closed } = raw(server.port, `${pipelined(["/a"])}GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  assert.match(await closed, /\/aHTTP[\s\S]*\/b$/);
  assert.deepEqual(seen, ["begin /a", "end /a", "begin /b", "end /b"]);
});

test("when a client with pipelined requests goes, the one being served learns so, and no other begins", async () => {
  const seen: string[] = [];
  let begun = () => {};
  const first = new Promise<void>((resolve) => {
    begun = resolve;
  });
  let ended = () => {};
  const last = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const server = await start(async ({ path, signal }) => {
    seen.push(path);
    begun();
    await new Promise<void>((done) => signal.addEventListener("abort", () => done()));
    ended();
    return { status: 200, headers: text, body: path };
  });
  const { socket } = raw(server.port, pipelined(["/a", "/b", "/c"]));
  await first;
  socket.destroy();
  await last;
  await new Promise(setImmediate);
  assert.deepEqual(seen, ["/a"]);
});

test("a client that sends too many requests ahead of its answers is cut off", async () => {
  let begun = 0;
  const server = await start(({ signal }) => {
    begun++;
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve({ status: 200, headers: text, body: "" }));
    });
  });
  const { closed } = raw(server.port, pipelined(Array.from({ length: 65 }, () => "/")));
  assert.equal(await closed, "");
  assert.ok(begun <= 1, `${begun} were begun`);
});

test("a HEAD has headers and no body, a 204 has neither length nor body", async () => {
  const server = await start((request) => ({
    status: request.method === "HEAD" ? 200 : 204,
    headers: {},
    body: request.method === "HEAD" ? "abc" : "",
  }));
  const head = await send(server, { method: "HEAD" });
  assert.deepEqual([head.headers["content-length"], head.body], ["3", ""]);
  assert.equal((await send(server)).headers["content-length"], undefined);
});

test("a stream's headers go out at once and its pieces as they come", async () => {
  let release: (() => void) | undefined;
  const server = await start(() => ({
    status: 200,
    headers: text,
    body: (async function* () {
      await new Promise<void>((done) => {
        release = done;
      });
      yield new TextEncoder().encode("one,");
      yield new TextEncoder().encode("two");
    })(),
  }));
  const body = await new Promise<string>((resolve) => {
    httpRequest({ port: server.port, host: "127.0.0.1", agent: server.agent }, (response) => {
      let said = "";
      response.on("data", (chunk) => {
        said += chunk;
      });
      response.on("end", () => resolve(said));
      release!();
    }).end();
  });
  assert.equal(body, "one,two");
});

test("a client that leaves aborts the request's signal, and the stream is ended", async () => {
  let aborted: (() => void) | undefined;
  let ended: (() => void) | undefined;
  const wasAborted = new Promise<void>((done) => {
    aborted = done;
  });
  const wasEnded = new Promise<void>((done) => {
    ended = done;
  });
  const server = await start((request) => ({
    status: 200,
    headers: text,
    body: (async function* () {
      try {
        yield new Uint8Array(1);
        await new Promise<void>((done) => request.signal.addEventListener("abort", () => done()));
        aborted!();
        yield new Uint8Array(1);
      } finally {
        ended!();
      }
    })(),
  }));
  const { socket } = raw(server.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  socket.once("data", () => socket.destroy());
  await wasAborted;
  await wasEnded;
});

test("headers that take too long end the connection", async () => {
  const server = await start(echo, { headersTimeoutMs: 1000 });
  const { socket, closed } = raw(server.port, "GET / HTTP/1.1\r\nHost:");
  await untilConnected(server.http);
  server.clock.advance(999);
  assert.equal(socket.destroyed, false);
  server.clock.advance(1);
  assert.equal(await closed, "");
});

test("a body that takes too long ends the connection", async () => {
  const server = await start(echo, { bodyTimeoutMs: 1000 });
  const { socket, closed } = raw(
    server.port,
    "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n12",
  );
  await new Promise((done) => socket.once("data", done));
  server.clock.advance(1000);
  assert.match(await closed, /^HTTP\/1.1 100 Continue\r\n\r\n$/);
});

test("an idle connection is closed after its time", async () => {
  const server = await start(echo, { idleTimeoutMs: 500, headersTimeoutMs: 500 });
  const { socket, closed } = raw(server.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await new Promise((done) => socket.once("data", done));
  await new Promise((done) => setImmediate(done));
  server.clock.advance(1000);
  assert.match(await closed, /^HTTP\/1.1 200 OK/);
  assert.equal(server.clock.pendingTimers, 0);
});

test("a client that stops reading is dropped", async () => {
  const server = await start(() => ({ status: 200, headers: text, body: new Uint8Array(64 * 1024 * 1024) }), {
    writeTimeoutMs: 1000,
  });
  const { socket } = raw(server.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await new Promise((done) => socket.once("data", done));
  socket.pause();
  await untilConnected(server.http);
  server.clock.advance(1000);
  await untilGone(server.http);
});

test("bodies beyond the bound are refused, declared or not", async () => {
  const server = await start(echo, { bodyBytesMax: 10 });
  const declared = await send(server, { method: "PUT", body: "12345678901" });
  assert.deepEqual([declared.status, declared.body], [413, "http: request body too large\n"]);
  const { closed } = raw(
    server.port,
    "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n",
  );
  assert.match(await closed, /^HTTP\/1.1 413 /);
  assert.equal((await send(server, { method: "PUT", body: "1234567890" })).status, 200);
});

test("headers beyond the bound and what is not HTTP get Go's answers", async () => {
  const server = await start(echo, { headersBytesMax: 1024 });
  assert.match(
    await raw(server.port, `GET / HTTP/1.1\r\nA: ${"x".repeat(2000)}\r\n\r\n`).closed,
    /^HTTP\/1.1 431 Request Header Fields Too Large\r\n/,
  );
  assert.match(
    await raw(server.port, "garbage\r\n\r\n").closed,
    /^HTTP\/1.1 400 Bad Request\r\n[\s\S]*400 Bad Request$/,
  );
});

test("a failing handler is a 500 that tells nothing", async () => {
  const server = await start(() => {
    throw new Error("secret");
  });
  const answer = await send(server);
  assert.deepEqual([answer.status, answer.body], [500, "Internal Server Error\n"]);
});

test("connections beyond the bound are closed at once", async () => {
  const server = await start(echo, { connectionsMax: 1 });
  await send(server);
  assert.equal(await raw(server.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").closed, "");
});

test("close() ends idle connections and lets an answer under way finish", async () => {
  let answer: (() => void) | undefined;
  const server = await start(async (request) => {
    if (request.path === "/slow")
      await new Promise<void>((done) => {
        answer = done;
      });
    return { status: 200, headers: text, body: request.path };
  });
  const idle = raw(server.port, "GET /fast HTTP/1.1\r\nHost: x\r\n\r\n");
  await new Promise((done) => idle.socket.once("data", done));
  const busy = raw(server.port, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  while (answer === undefined) await new Promise((done) => setImmediate(done));
  const closed = server.http.close({ graceMs: 1000 });
  await idle.closed;
  answer();
  await closed;
  assert.match(await busy.closed, /Connection: close[\s\S]*\/slow$/);
  assert.equal(server.http.connectionCount, 0);
});

test("close() does not wait longer than its grace", async () => {
  const server = await start(() => new Promise(() => {}));
  const { closed } = raw(server.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await untilConnected(server.http);
  const closing = server.http.close({ graceMs: 1000 });
  server.clock.advance(1000);
  await closing;
  await closed;
});

test("a connection goes on with requests of every form, one after the other", async () => {
  const server = await start(echo);
  const { socket, closed } = raw(server.port, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  const more = [
    "PUT /b HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1",
    "PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n2\r\n0\r\n\r\n",
    "GET /d HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /e HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
  ];
  for (const request of more) {
    await new Promise((done) => socket.once("data", done));
    socket.write(request);
  }
  assert.deepEqual((await closed).match(/(GET|PUT) \/.*/g)?.map(sentOnly), [
    "GET /a ? ",
    "PUT /b ? 1",
    "PUT /c ? 2",
    "GET /d ? ",
    "GET /e ? ",
  ]);
});

/** Without the head of the next answer. */
function sentOnly(text: string): string {
  return text.replace(/HTTP.*/, "");
}

test("a request that comes before the answer to the one before is answered after it", async () => {
  let answer: (() => void) | undefined;
  const server = await start(async ({ path }) => {
    if (path === "/a")
      await new Promise<void>((done) => {
        answer = done;
      });
    return { status: 200, headers: text, body: path };
  });
  const { socket, closed } = raw(server.port, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  while (answer === undefined) await new Promise((done) => setImmediate(done));
  socket.write("GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  await new Promise((done) => setImmediate(done));
  answer();
  assert.match(await closed, /\/aHTTP[\s\S]*\/b$/);
});

test("a client that sends without end instead of waiting for its answer is not read any more", async () => {
  let isAsked = false;
  const server = await start(() => {
    isAsked = true;
    return new Promise(() => {});
  });
  const { socket } = raw(server.port, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  while (!isAsked) await new Promise((done) => setImmediate(done));
  const isTaken = new Promise<boolean>((resolve) => socket.write(Buffer.alloc(64 * 1024 * 1024), () => resolve(true)));
  const isLate = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 200));
  assert.equal(await Promise.race([isTaken, isLate]), false);
});

test("a header that would end itself is not sent", async () => {
  const server = await start(() => ({ status: 301, headers: { Location: "/a\r\nSet-Cookie: b" }, body: "" }));
  const answer = await send(server);
  assert.deepEqual([answer.status, answer.headers.location, answer.headers["set-cookie"]], [500, undefined, undefined]);
});

test("texts beyond ASCII, and bytes of any size, arrive as they are", async () => {
  const large = "\u20ac".repeat(50_000);
  const bodies = ["\u00e4\u20ac", new TextEncoder().encode("\u00e4\u20ac"), large, new TextEncoder().encode(large)];
  const server = await start(({ query }) => ({ status: 200, headers: text, body: bodies[Number(query)]! }));
  const heard = await Promise.all(bodies.map((_, i) => send(server, { path: `/?${i}` })));
  assert.ok(heard.every(({ body }, i) => body === ["\u00e4\u20ac", "\u00e4\u20ac", large, large][i]));
});

test("a stream that fails ends the connection, without the end that would make it whole", async () => {
  const server = await start(() => ({
    status: 200,
    headers: text,
    body: (async function* () {
      yield new TextEncoder().encode("one");
      throw new Error("secret");
    })(),
  }));
  const { closed } = raw(server.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  assert.doesNotMatch(await closed, /secret|\r\n0\r\n/);
});

async function untilConnected(http: Http1Server): Promise<void> {
  while (http.connectionCount === 0) await new Promise((done) => setImmediate(done));
}

async function untilGone(http: Http1Server): Promise<void> {
  while (http.connectionCount > 0) await new Promise((done) => setImmediate(done));
}
