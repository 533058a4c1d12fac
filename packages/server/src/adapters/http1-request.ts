/** An `HttpRequest` from a socket; what few handlers ask for (identity, address, abort signal) is made when asked for. */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { HttpRequest, HttpTls } from "../ports/index.ts";
import { commonNameOf } from "./tls-identity.ts";

/** Headers by name in lower case. */
export type Http1Headers = Readonly<Record<string, string | undefined>>;

/** What was read of a request, and from where. */
export interface Http1RequestParts {
  readonly socket: Socket;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Http1Headers;
  readonly body: Uint8Array;
}

/** See the top of this file. Whoever carries the connection calls `leave` when the answer cannot be completed. */
export class Http1Request implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Http1Headers;
  readonly body: Uint8Array;
  readonly #socket: Socket;
  #abort: AbortController | undefined;
  #hasLeft = false;

  constructor(parts: Http1RequestParts) {
    this.method = parts.method;
    this.path = parts.path;
    this.query = parts.query;
    this.headers = parts.headers;
    this.body = parts.body;
    this.#socket = parts.socket;
  }

  get tls(): HttpTls | undefined {
    const socket = this.#socket;
    return socket instanceof TLSSocket ? { clientCommonName: commonNameOf(socket) } : undefined;
  }

  get remoteAddress(): string {
    const { remoteAddress, remotePort } = this.#socket;
    const host = remoteAddress?.includes(":") ? `[${remoteAddress}]` : (remoteAddress ?? "");
    return `${host}:${remotePort ?? 0}`;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#hasLeft) this.#abort.abort();
    return this.#abort.signal;
  }

  /** The client has gone, or the server closes. */
  leave(): void {
    this.#hasLeft = true;
    this.#abort?.abort();
  }
}

/** Path and query of a request target; a proxy's absolute form loses its origin. */
export function splitTarget(target: string): { path: string; query: string } {
  const local = target.startsWith("/") ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  const at = local.indexOf("?");
  const path = at < 0 ? local : local.slice(0, at);
  return { path: path.startsWith("/") ? path : `/${path}`, query: at < 0 ? "" : local.slice(at + 1) };
}
