/**
 * Carries HTTP/1.1 from sockets to an `HttpHandler`: plain requests by `Http1PlainConnection`, all others over `node:http`.
 * It owns no port: whoever accepts connections (and has told HTTP/1.1 from HTTP/2, or finished a TLS handshake) hands them
 * over. Every wait has a deadline and every input a bound: headers, body, idle time, connections. `close` lets answers
 * under way finish.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock, HttpHandler, HttpResponse, Logger } from "../ports/index.ts";
import { ConnectionDeadline } from "./connection-deadline.ts";
import { readBody } from "./http1-body.ts";
import { Http1PlainConnection } from "./http1-plain-connection.ts";
import { type Http1Headers, Http1Request, splitTarget } from "./http1-request.ts";

/** Deadlines and bounds of one server; `http1Limits` has the defaults. */
export interface Http1Limits {
  /** From the connection, or the end of the answer before, to the end of the headers. */
  readonly headersTimeoutMs: number;
  /** From the end of the headers to the end of the body. */
  readonly bodyTimeoutMs: number;
  /** How long a connection may wait for its next request. */
  readonly idleTimeoutMs: number;
  /** How long a client may take to accept what is being sent; a stream's pauses do not count. */
  readonly writeTimeoutMs: number;
  readonly headersBytesMax: number;
  readonly bodyBytesMax: number;
  /** Further connections are closed at once. */
  readonly connectionsMax: number;
}

/** Bounds that no honest client meets. */
export const http1Limits: Http1Limits = {
  headersTimeoutMs: 30_000,
  bodyTimeoutMs: 60_000,
  idleTimeoutMs: 120_000,
  writeTimeoutMs: 60_000,
  headersBytesMax: 256 * 1024,
  bodyBytesMax: 2 * 1024 * 1024,
  connectionsMax: 20_000,
};

/** What a server needs; limits not named keep their defaults. */
export interface Http1ServerOptions {
  readonly handler: HttpHandler;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits?: Partial<Http1Limits>;
}

interface Connection {
  readonly socket: Socket;
  /** For the next request's headers while nothing is in flight, for its body, and for the client to read the answer. */
  readonly deadline: ConnectionDeadline;
  /** Requests between their headers and the end of their answer; more than one when they are pipelined. */
  inFlight: number;
  /** Resolves when the last request that came over `node:http` is answered: the next one begins then, as in Go. */
  lastAnswered: Promise<void>;
}

/** Requests that one client may send ahead of its answers; more ends the connection. */
const pipelinedMax = 64;

/** Serves HTTP/1.1 on sockets it is given. */
export class Http1Server {
  readonly #server: Server;
  readonly #handler: HttpHandler;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #limits: Http1Limits;
  readonly #connections = new Map<Duplex, Connection>();
  #closing = false;
  #onEmpty: (() => void) | undefined;

  constructor({ handler, clock, log, limits }: Http1ServerOptions) {
    this.#handler = handler;
    this.#clock = clock;
    this.#log = log;
    this.#limits = { ...http1Limits, ...limits };
    // Node's own timeouts need a server that listens; the deadlines here are set per connection instead.
    this.#server = createServer({
      maxHeaderSize: this.#limits.headersBytesMax,
      requestTimeout: 0,
      keepAliveTimeout: 0,
    });
    this.#server.on("request", (request, response) => void this.#serve(request, response));
    this.#server.on("clientError", refuseGarbage);
  }

  /** Connections open now. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Takes over a connection; bytes already read from it must have been put back. */
  accept(socket: Socket): void {
    if (this.#closing || this.#connections.size >= this.#limits.connectionsMax) {
      socket.destroy();
      return;
    }
    const deadline = new ConnectionDeadline(this.#clock, () => socket.destroy());
    deadline.set(this.#limits.headersTimeoutMs);
    const connection = { socket, inFlight: 0, deadline, lastAnswered: Promise.resolve() };
    this.#connections.set(socket, connection);
    socket.on("close", () => this.#forget(connection));
    // Without a listener an error on the socket would end the process; the close that follows is what counts.
    socket.on("error", () => {});
    this.#servePlain(connection);
  }

  #servePlain(connection: Connection): void {
    const { socket, deadline } = connection;
    const { bodyBytesMax, writeTimeoutMs } = this.#limits;
    new Http1PlainConnection(socket, {
      handler: this.#handler,
      clock: this.#clock,
      log: this.#log,
      bodyBytesMax,
      began: () => this.#begin(connection),
      writing: () => deadline.set(writeTimeoutMs),
      written: () => deadline.lift(),
      ended: () => this.#finish(connection),
      closing: () => this.#closing,
      onOther: () => this.#server.emit("connection", socket),
    });
  }

  /** Ends idle connections now, busy ones after their answer or `graceMs`; resolves when all are gone. */
  async close({ graceMs }: { graceMs: number }): Promise<void> {
    this.#closing = true;
    for (const { socket, inFlight } of this.#connections.values()) if (inFlight === 0) socket.destroy();
    if (this.#connections.size === 0) return;
    const grace = this.#clock.setTimer(graceMs, () => {
      for (const { socket } of this.#connections.values()) socket.destroy();
    });
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    grace.cancel();
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = this.#connections.get(message.socket);
    if (connection === undefined) return;
    if (connection.inFlight >= pipelinedMax) return void message.socket.destroy();
    this.#begin(connection);
    const answeredBefore = connection.lastAnswered;
    connection.lastAnswered = new Promise((resolve) => response.on("close", resolve));
    response.on("close", () => this.#finish(connection));
    const body = await this.#readBody(message, connection);
    if (body === undefined) return;
    await answeredBefore;
    if (message.socket.destroyed) return;
    if (body === "too large") return refuse(response, { status: 413, text: "http: request body too large" });
    const request = requestOf(message, body);
    response.on("close", () => {
      if (!response.writableFinished) request.leave();
    });
    if (response.destroyed) request.leave();
    try {
      const answer = await this.#handler(request);
      await this.#send(answer, { response, request });
    } catch (error) {
      this.#log.error("HTTP handler failed", { path: request.path, method: request.method, error });
      refuse(response, { status: 500, text: "Internal Server Error" });
    }
  }

  async #readBody(message: IncomingMessage, { deadline }: Connection): Promise<Uint8Array | "too large" | undefined> {
    deadline.set(this.#limits.bodyTimeoutMs);
    const body = await readBody(message, this.#limits.bodyBytesMax);
    deadline.lift();
    return body;
  }

  async #send(
    { status, body, ...answer }: HttpResponse,
    { response, request }: { response: ServerResponse; request: Http1Request },
  ): Promise<void> {
    if (response.destroyed) return;
    const headers = { ...answer.headers, ...answer.commonHeaders };
    const closing = this.#closing ? { Connection: "close" } : undefined;
    if (typeof body === "string" || body instanceof Uint8Array) {
      const length = status === 204 || status === 304 ? undefined : { "Content-Length": Buffer.byteLength(body) };
      response.writeHead(status, { ...headers, ...length, ...closing });
      response.end(body);
      if (response.writableLength > 0) await this.#accepted(response, "finish");
      return;
    }
    response.writeHead(status, { ...headers, ...closing });
    response.flushHeaders();
    await this.#sendStream(body, { response, signal: request.signal });
  }

  /** Sends pieces as they come, at the speed the client reads them; stops asking for more when it has gone. */
  async #sendStream(
    body: AsyncIterable<Uint8Array>,
    { response, signal }: { response: ServerResponse; signal: AbortSignal },
  ): Promise<void> {
    for await (const piece of body) {
      if (signal.aborted) return;
      if (!response.write(piece)) await this.#accepted(response, "drain");
    }
    response.end();
  }

  /** Waits until the client has taken what was written; one that does not is dropped. */
  async #accepted(response: ServerResponse, event: "drain" | "finish"): Promise<void> {
    const deadline = this.#clock.setTimer(this.#limits.writeTimeoutMs, () => response.destroy());
    await new Promise<void>((resolve) => {
      response.once(event, resolve);
      response.once("close", resolve);
      if (response.destroyed || response.writableFinished) resolve();
    });
    deadline.cancel();
  }

  #begin(connection: Connection): void {
    connection.inFlight++;
    connection.deadline.lift();
  }

  /** After an answer the next request may take its time, but not for ever. */
  #finish(connection: Connection): void {
    connection.inFlight--;
    if (connection.inFlight > 0 || !this.#connections.has(connection.socket)) return;
    if (this.#closing) connection.socket.destroy();
    connection.deadline.set(this.#limits.idleTimeoutMs + this.#limits.headersTimeoutMs);
  }

  #forget(connection: Connection): void {
    connection.deadline.cancel();
    this.#connections.delete(connection.socket);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }
}

function requestOf(message: IncomingMessage, body: Uint8Array): Http1Request {
  const { socket, method = "GET", url = "/" } = message;
  // Only `set-cookie` is a list in Node's form, and no request of ours has one.
  return new Http1Request({ socket, method, ...splitTarget(url), headers: message.headers as Http1Headers, body });
}

/** An answer that ends the connection; once headers are out, only the end is left. */
function refuse(response: ServerResponse, { status, text }: { status: number; text: string }): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  response.writeHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
    "Content-Length": Buffer.byteLength(text) + 1,
    Connection: "close",
  });
  response.end(`${text}\n`);
}

/** What is not HTTP gets Go's answer to it, as far as the socket still takes one. */
function refuseGarbage(error: NodeJS.ErrnoException, socket: Duplex): void {
  const tooLarge = error.code === "HPE_HEADER_OVERFLOW";
  const status = tooLarge ? "431 Request Header Fields Too Large" : "400 Bad Request";
  if (socket.writable && error.code !== "ECONNRESET")
    socket.write(`HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`);
  socket.destroy();
}
