/**
 * HTTP as handlers see it: a whole request in, an answer out, whoever carries it (HTTP/1.1 on a client listener, a test).
 * Limits and deadlines are the carrier's; a handler never meets a body larger than the carrier allows.
 */

/** A request whose body has arrived. */
export interface HttpRequest {
  readonly method: string;
  /** The path as it was sent, still percent-encoded, without the query; always starts with `/`. */
  readonly path: string;
  /** What followed `?`, still encoded; empty when nothing did. */
  readonly query: string;
  /** Names in lower case; repeated headers joined with `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  /** Set when the connection is TLS. */
  readonly tls: HttpTls | undefined;
  /** `address:port` of the other end. */
  readonly remoteAddress: string;
  /** Aborted when the client has gone or the server closes before the answer is complete. */
  readonly signal: AbortSignal;
}

/** What TLS tells about a client. */
export interface HttpTls {
  /** Common name of the verified client certificate; empty when there is none. */
  readonly clientCommonName: string;
}

/** An answer; `Content-Length` and `Date` are added by the carrier. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent behind the others. One object for many answers: carriers put it into bytes once. */
  readonly commonHeaders?: Readonly<Record<string, string>> | undefined;
  /** A stream is sent as it comes, its headers at once; it is ended early when the client goes. */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** Answers every request; a thrown error becomes a 500 and is logged. */
export type HttpHandler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/** Answers the requests that are its own and returns `undefined` for others. */
export type HttpRoute = (request: HttpRequest) => HttpResponse | Promise<HttpResponse> | undefined;
