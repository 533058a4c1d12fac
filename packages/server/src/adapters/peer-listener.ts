/**
 * Listens for other members on one address, plain or over TLS, and answers them over `node:http`: long-lived streams that
 * are written to, uploads that are read while they arrive, and small requests. Every wait has a deadline and every body a bound.
 */
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import type {
  ArrivedRequest,
  Clock,
  LinkAnswer,
  LinkHeaders,
  Logger,
  PeerEndpoint,
  StreamSink,
} from "../ports/index.ts";
import { boundAddress, listenOn } from "./bound-address.ts";
import { readBody } from "./http1-body.ts";
import { TlsAcceptor, type TlsAcceptorOptions } from "./tls-acceptor.ts";
import type { TlsMaterial } from "./tls-material.ts";

/** From the connection, or the answer before, to the end of the headers. */
const headersTimeoutMs = 30_000;
/** Silence after which a connection that waits for the other side is dropped. */
const silenceTimeoutMs = 30_000;
const uploadTimeoutMs = 120_000;
/** A posted message holds at most one append: entries of half a megabyte, or one large request. */
const bodyBytesMax = 64 * 1024 * 1024;
const connectionsMax = 4_096;

/** Where to listen for other members, and over which TLS. */
export interface PeerListenerOptions {
  readonly where: { readonly host: string; readonly port: number } | { readonly path: string };
  readonly tls: TlsMaterial | undefined;
  /** See `TlsAcceptorOptions`. */
  readonly checkAddress?: TlsAcceptorOptions["checkAddress"];
  readonly clock: Clock;
  readonly log: Logger;
}

/** An address being listened on; requests are answered once `serve` was called, and refused before. */
export class PeerListener {
  readonly #server: Server;
  readonly #http: HttpServer;
  readonly #log: Logger;
  readonly #clock: Clock;
  /** What ends the wait for the headers of a connection's next request. */
  readonly #waiting = new WeakMap<Socket, () => void>();
  readonly #sockets = new Set<Socket>();
  #endpoint: PeerEndpoint | undefined;

  private constructor({ tls: material, checkAddress, clock, log }: PeerListenerOptions) {
    this.#log = log;
    this.#clock = clock;
    this.#http = createHttpServer({
      requestTimeout: 0,
      keepAliveTimeout: 0,
      headersTimeout: headersTimeoutMs,
      noDelay: true,
    });
    this.#http.on("request", (request, response) => void this.#serve(request, response));
    this.#http.on("clientError", (_error, socket) => socket.destroy());
    const accept = (socket: Socket) => {
      this.#awaitHeaders(socket);
      socket.once("close", () => this.#waiting.get(socket)?.());
      socket.setTimeout(silenceTimeoutMs, () => socket.destroy());
      this.#http.emit("connection", socket);
    };
    const acceptor = {
      clock,
      log,
      side: "peer",
      alpnProtocols: ["http/1.1"],
      checkAddress,
      onConnection: accept,
    } as const;
    const tls = material && new TlsAcceptor({ ...acceptor, material });
    this.#server = createServer({ noDelay: true }, (socket) => {
      if (this.#sockets.size >= connectionsMax) return void socket.destroy();
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => this.#sockets.delete(socket));
      if (tls === undefined) accept(socket);
      else tls.accept(socket);
    });
  }

  /** Starts listening; rejects when the address cannot be had. */
  static async open(options: PeerListenerOptions): Promise<PeerListener> {
    const listener = new PeerListener(options);
    await listenOn(listener.#server, options.where);
    // Accepting may fail for want of memory or descriptors; the next connection may be had again.
    listener.#server.on("error", (error) => options.log.warn("failed to accept a connection", { error }));
    return listener;
  }

  /** `host:port`, or the path of a local socket. */
  get address(): string {
    return boundAddress(this.#server);
  }

  /** Answers by this endpoint from now on. */
  serve(endpoint: PeerEndpoint): void {
    this.#endpoint = endpoint;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Node's own deadlines need a server that listens itself, and silence is broken by a byte now and then. */
  #awaitHeaders(socket: Socket): void {
    // Requests that came together are answered one after the other, each with a wait of its own behind it.
    this.#waiting.get(socket)?.();
    this.#waiting.set(socket, this.#deadline(socket, headersTimeoutMs));
  }

  #deadline(socket: Socket, timeoutMs: number): () => void {
    const timer = this.#clock.setTimer(timeoutMs, () => socket.destroy());
    return () => timer.cancel();
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = message;
    this.#waiting.get(socket)?.();
    response.once("finish", () => {
      if (!socket.destroyed) this.#awaitHeaders(socket);
    });
    const request = arrived(message);
    try {
      if (this.#endpoint === undefined) return answer(response, starting);
      if (request.path.startsWith("/raft/stream/")) return this.#stream(this.#endpoint, { request, message, response });
      if (request.path === "/raft/snapshot" && request.method === "POST") {
        // Between the last byte and the answer the content is brought into safety.
        message.socket.setTimeout(uploadTimeoutMs);
        return answer(response, await this.#endpoint.onUpload(request, message));
      }
      const bodyArrived = this.#deadline(socket, uploadTimeoutMs);
      const body = await readBody(message, bodyBytesMax).finally(bodyArrived);
      if (body === undefined) return;
      answer(response, body === "too large" ? tooLarge : await this.#endpoint.onRequest(request, body));
    } catch (error) {
      this.#log.error("request of another member failed unexpectedly", { path: request.path, error });
      answer(response, failed);
    }
  }

  #stream(
    endpoint: PeerEndpoint,
    { request, message, response }: { request: ArrivedRequest; message: IncomingMessage; response: ServerResponse },
  ): void {
    if (request.method !== "GET") return answer(response, notAllowed);
    const decision = endpoint.onStream(request);
    if ("refusal" in decision) return answer(response, decision.refusal);
    // The reading side never says anything more, so silence there means nothing.
    message.socket.setTimeout(0);
    response.writeHead(200, plainHeaders(decision.headers));
    response.flushHeaders();
    const sink = new ResponseSink(response);
    const gone = decision.attach(sink);
    response.on("close", gone);
    response.on("error", () => {});
  }
}

/** A stream that a peer asked for. */
class ResponseSink implements StreamSink {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get queuedBytes(): number {
    return this.#response.writableLength;
  }

  write(bytes: Uint8Array): void {
    if (!this.#response.destroyed) this.#response.write(bytes);
  }

  close(): void {
    this.#response.destroy();
  }
}

const text = (status: number, reason: string): LinkAnswer => ({
  status,
  headers: { "Content-Type": "text/plain; charset=utf-8" },
  body: Buffer.from(`${reason}\n`),
});
const starting = text(503, "the member is starting");
const tooLarge = text(413, "request body too large");
const notAllowed = text(405, "Method Not Allowed");
const failed = text(500, "Internal Server Error");

function answer(response: ServerResponse, { status, headers, body }: LinkAnswer): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const length = status === 204 ? {} : { "Content-Length": String(body.length) };
  response.writeHead(status, { ...plainHeaders(headers), ...length });
  response.end(body.length === 0 ? undefined : body);
}

function plainHeaders(headers: LinkHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

function arrived(message: IncomingMessage): ArrivedRequest {
  const { remoteAddress, remotePort } = message.socket;
  return {
    method: message.method ?? "GET",
    path: (message.url ?? "/").replace(/\?.*$/, ""),
    headers: message.headers as LinkHeaders,
    remoteAddress: `${remoteAddress ?? ""}:${remotePort ?? 0}`,
  };
}
