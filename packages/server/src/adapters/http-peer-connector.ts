/**
 * Connections to other members over `node:http` and `node:https`. Requests reuse idle connections, long-lived streams have
 * one each. Every wait has a deadline: connecting, silence on a stream, the answer to a request.
 */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from "node:https";
import { isSecure, isUnix, parseUrl } from "../membership/index.ts";
import {
  type LinkAnswer,
  type LinkHeaders,
  type LinkRequest,
  type OpenedStream,
  type PeerConnector,
  type StreamEvents,
  silenceReason,
} from "../ports/index.ts";
import type { PeerTlsMaterial } from "./peer-tls-material.ts";

/** How long a connection may take to be made. */
const connectTimeoutMs = 5_000;
/** Idle connections are dropped before the other side does it. */
const idleTimeoutMs = 4_000;
const answerBytesMax = 100 * 1024 * 1024;
/** Bytes that a stream reads ahead. */
const highWaterBytes = 256 * 1024;

export class HttpPeerConnector implements PeerConnector {
  readonly #tls: PeerTlsMaterial | undefined;
  readonly #http = new HttpAgent({ keepAlive: true, timeout: idleTimeoutMs, maxSockets: 16, noDelay: true });
  readonly #https = new HttpsAgent({ keepAlive: true, timeout: idleTimeoutMs, maxSockets: 16, noDelay: true });
  readonly #open = new Set<ClientRequest>();

  constructor({ tls }: { readonly tls: PeerTlsMaterial | undefined }) {
    this.#tls = tls;
  }

  openStream(
    url: string,
    request: { readonly path: string; readonly headers: LinkHeaders; readonly silenceMs: number },
    events: StreamEvents,
  ): OpenedStream {
    let ended = false;
    let outgoing: ClientRequest | undefined;
    const end = (how: Parameters<StreamEvents["onEnd"]>[0]) => {
      if (ended) return;
      ended = true;
      outgoing?.destroy();
      events.onEnd(how);
    };
    try {
      outgoing = this.#request(url, { method: "GET", path: request.path, headers: request.headers, agent: false });
    } catch (error) {
      // Addresses come from the log; one that cannot be used is a peer that cannot be reached.
      setImmediate(() => end({ error: error as Error }));
      return { close: () => end({}) };
    }
    outgoing.setTimeout(request.silenceMs, () => end({ error: new Error(silenceReason) }));
    outgoing.on("error", (error) => end({ error, nobodyListens: isRefused(error) }));
    let isAnswered = false;
    outgoing.on("close", () => {
      if (!isAnswered) end({ error: new Error("the connection was closed without an answer") });
    });
    outgoing.on("response", (incoming) => {
      isAnswered = true;
      incoming.on("error", (error) => end({ error }));
      if (incoming.statusCode !== 200) {
        void collect(incoming).then(
          (answer) => end({ refusal: answer }),
          (error: Error) => end({ error }),
        );
        return;
      }
      events.onOpen();
      incoming.on("data", (chunk: Uint8Array) => {
        if (!ended) events.onData(chunk);
      });
      incoming.on("close", () => end({}));
    });
    outgoing.end();
    return { close: () => end({}) };
  }

  request(url: string, { method, path, headers, body, timeoutMs }: LinkRequest): Promise<LinkAnswer> {
    return new Promise((resolve, reject) => {
      const fixed = body instanceof Uint8Array ? { "Content-Length": String(body.length) } : {};
      const outgoing = this.#request(url, { method, path, headers: { ...headers, ...fixed } });
      let isAnswered = false;
      const fail = (error: Error) => {
        reject(error);
        outgoing.destroy();
      };
      const giveUp = () => fail(new Error(`no answer within ${timeoutMs} ms`));
      // Silence breaks an upload; from its last byte on, an answer that drips in has no more time than one that does not come.
      outgoing.setTimeout(timeoutMs, giveUp);
      let timer: NodeJS.Timeout | undefined;
      const awaitAnswer = () => {
        if (!outgoing.destroyed) timer = setTimeout(giveUp, timeoutMs);
      };
      outgoing.on("error", fail);
      outgoing.on("close", () => {
        clearTimeout(timer);
        if (!isAnswered) fail(new Error("the connection was closed without an answer"));
      });
      outgoing.on("response", (incoming) => {
        isAnswered = true;
        void collect(incoming).then((answer) => {
          resolve(answer);
          // Whoever has answered already does not want the rest.
          if (!outgoing.writableEnded) outgoing.destroy();
        }, fail);
      });
      if (!(body instanceof Uint8Array)) return void send(outgoing, body).then(awaitAnswer, fail);
      awaitAnswer();
      outgoing.end(body);
    });
  }

  close(): void {
    for (const request of this.#open) request.destroy();
    this.#http.destroy();
    this.#https.destroy();
  }

  #request(url: string, options: { method: string; path: string; headers: LinkHeaders; agent?: false }): ClientRequest {
    const parsed = parseUrl(url);
    if (!parsed.ok) throw new Error(parsed.error);
    const { host, port, path: socketPath } = parsed.value;
    const headers = Object.fromEntries(Object.entries(options.headers).filter(([, value]) => value !== undefined));
    const where = isUnix(parsed.value) ? { socketPath } : { host, port };
    const common: RequestOptions = {
      ...where,
      method: options.method,
      path: options.path,
      headers,
      timeout: connectTimeoutMs,
    };
    const outgoing = isSecure(parsed.value)
      ? httpsRequest({ ...common, agent: options.agent ?? this.#https, ...this.#tls?.clientOptions(host) })
      : httpRequest({ ...common, agent: options.agent ?? this.#http, highWaterMark: highWaterBytes } as RequestOptions);
    outgoing.setNoDelay(true);
    this.#open.add(outgoing);
    outgoing.on("close", () => this.#open.delete(outgoing));
    return outgoing;
  }
}

function isRefused(error: NodeJS.ErrnoException): boolean {
  return error.code === "ECONNREFUSED";
}

async function send(outgoing: ClientRequest, body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of body) {
    if (outgoing.destroyed) return;
    if (!outgoing.write(piece)) await drained(outgoing);
  }
  outgoing.end();
}

function drained(outgoing: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const goOn = () => {
      outgoing.removeListener("drain", goOn);
      outgoing.removeListener("close", goOn);
      resolve();
    };
    outgoing.on("drain", goOn);
    outgoing.on("close", goOn);
  });
}

function collect(incoming: IncomingMessage): Promise<LinkAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > answerBytesMax) incoming.destroy(new Error("the answer is too large"));
      else chunks.push(chunk);
    });
    incoming.on("end", () => {
      const headers = incoming.headers as LinkHeaders;
      resolve({ status: incoming.statusCode ?? 0, headers, body: Buffer.concat(chunks) });
    });
    incoming.on("error", reject);
    incoming.on("close", () => reject(new Error("the answer was cut off")));
  });
}
