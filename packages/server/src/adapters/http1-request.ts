/** An `HttpRequest` over Node's message; what few handlers ask for (identity, abort signal) is made when asked for. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { TLSSocket } from "node:tls";
import type { HttpRequest, HttpTls } from "../ports/index.ts";
import { commonNameOf } from "./tls-identity.ts";

export class Http1Request implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: Uint8Array;
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  #abort: AbortController | undefined;

  constructor({ message, response, body }: { message: IncomingMessage; response: ServerResponse; body: Uint8Array }) {
    const { path, query } = splitTarget(message.url ?? "/");
    this.method = message.method ?? "GET";
    this.path = path;
    this.query = query;
    this.body = body;
    this.#message = message;
    this.#response = response;
  }

  get headers(): Readonly<Record<string, string | undefined>> {
    // Only `set-cookie` is a list in Node's form, and no request of ours has one.
    return this.#message.headers as Record<string, string | undefined>;
  }

  get tls(): HttpTls | undefined {
    const socket = this.#message.socket;
    return socket instanceof TLSSocket ? { clientCommonName: commonNameOf(socket) } : undefined;
  }

  get remoteAddress(): string {
    const { remoteAddress, remotePort } = this.#message.socket;
    const host = remoteAddress?.includes(":") ? `[${remoteAddress}]` : (remoteAddress ?? "");
    return `${host}:${remotePort ?? 0}`;
  }

  get signal(): AbortSignal {
    if (this.#abort !== undefined) return this.#abort.signal;
    const abort = new AbortController();
    this.#abort = abort;
    const onClose = () => {
      if (!this.#response.writableFinished) abort.abort();
    };
    this.#response.on("close", onClose);
    if (this.#response.destroyed) onClose();
    return abort.signal;
  }
}

/** Path and query of a request target; a proxy's absolute form loses its origin. */
function splitTarget(target: string): { path: string; query: string } {
  const local = target.startsWith("/") ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  const at = local.indexOf("?");
  const path = at < 0 ? local : local.slice(0, at);
  return { path: path.startsWith("/") ? path : `/${path}`, query: at < 0 ? "" : local.slice(at + 1) };
}
