/**
 * What the load generator needs of a gRPC client, and no more: raw request bytes in, raw answer bytes out, callbacks
 * instead of promises. One `LoadClient` is one connection; many logical clients share it, as in etcd's own tool.
 */

/** Receives an answer, or the reason why there is none; the bytes may be reused after the call returns. */
export type AnswerHandler = (error: string | undefined, answer: Uint8Array) => void;

/** A bidirectional stream. */
export interface LoadStream {
  send(message: Uint8Array): void;
}

/** One connection. */
export interface LoadClient {
  unary(path: string, request: Uint8Array, done: AnswerHandler): void;
  /** Opens a stream; `onMessage` gets every message, `onEnd` the reason once when the stream is over. */
  bidi(
    path: string,
    handlers: { onMessage: (message: Uint8Array) => void; onEnd: (reason: string) => void },
  ): LoadStream;
  close(): void;
}
