/**
 * Connections between members as the peer protocol needs them: HTTP/1.1 requests whose bodies or answers may be long-lived
 * streams. The protocol (`peer/`) decides what is said; whoever implements this carries it over sockets.
 */

/** Header names in lower case. */
export type LinkHeaders = Readonly<Record<string, string | undefined>>;

/** The answer to a finished request. */
export interface LinkAnswer {
  readonly status: number;
  readonly headers: LinkHeaders;
  readonly body: Uint8Array;
}

/** A request made of another member. */
export interface LinkRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: LinkHeaders;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  /** From the last byte sent to the answer. */
  readonly timeoutMs: number;
}

/** How a stream ended. */
export interface StreamEnd {
  readonly refusal?: LinkAnswer;
  readonly error?: Error;
  /** The machine answered that nobody listens at this address. */
  readonly nobodyListens?: boolean;
}

/** What happens on a stream that was asked for; `onEnd` is called exactly once, and last. */
export interface StreamEvents {
  /** The other side agreed. */
  onOpen(): void;
  onData(chunk: Uint8Array): void;
  /** `refusal` is the answer of a side that did not agree, `error` says what broke; neither: the other side ended it. */
  onEnd(end: StreamEnd): void;
}

/** The message of the error that ends a stream on which nothing was heard for too long. */
export const silenceReason = "nothing was heard for too long";

/** A stream being read. */
export interface OpenedStream {
  close(): void;
}

/** Makes connections to other members. */
export interface PeerConnector {
  /** Asks for a stream by GET; silence for longer than `silenceMs` breaks it. */
  openStream(
    url: string,
    request: { readonly path: string; readonly headers: LinkHeaders; readonly silenceMs: number },
    events: StreamEvents,
  ): OpenedStream;
  /** Makes one request; rejects when there is no whole answer in time. */
  request(url: string, request: LinkRequest): Promise<LinkAnswer>;
  /** Drops idle connections and breaks the others. */
  close(): void;
}

/** A stream that another member asked for, to be written to. */
export interface StreamSink {
  /** Queues bytes, which must not change afterwards. */
  write(bytes: Uint8Array): void;
  /** Bytes queued and not yet taken by the system. */
  readonly queuedBytes: number;
  close(): void;
}

/** A request that arrived. */
export interface ArrivedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly headers: LinkHeaders;
  readonly remoteAddress: string;
}

/** What answers members' requests. */
export interface PeerEndpoint {
  /** Decides about a stream; when it agrees it gets the sink at once and is told when the stream is gone. */
  onStream(
    request: ArrivedRequest,
  ): { readonly refusal: LinkAnswer } | { readonly headers: LinkHeaders; attach(sink: StreamSink): () => void };
  /** Answers a request whose body has arrived. */
  onRequest(request: ArrivedRequest, body: Uint8Array): Promise<LinkAnswer>;
  /** Answers a request whose body is read while it arrives. */
  onUpload(request: ArrivedRequest, body: AsyncIterable<Uint8Array>): Promise<LinkAnswer>;
}
