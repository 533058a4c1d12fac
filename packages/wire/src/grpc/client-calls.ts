/**
 * Calls of a client as their callers see them.
 */
import type { Metadata } from "./metadata.ts";

/** How a call ended. */
export interface CallEnd {
  /** 0 when it went well. */
  readonly code: number;
  readonly message: string;
  readonly trailers: Metadata;
}

/** The outcome of a unary call. */
export type UnaryResult =
  | { readonly ok: true; readonly message: Uint8Array; readonly trailers: Metadata }
  | { readonly ok: false; readonly code: number; readonly message: string; readonly trailers: Metadata };

/** A call under way. */
export interface ClientCall {
  /** Gives up: the call ends with code 1, the server is told. */
  cancel(): void;
}

/** What happens on a streaming call; `onEnd` comes exactly once and last. */
export interface ClientStreamListener {
  onHeaders?(metadata: Metadata): void;
  onMessage(message: Uint8Array): void;
  onEnd(end: CallEnd): void;
  /** There is room again after `send` answered false. */
  onWritable?(): void;
}

/** A streaming call under way. */
export interface ClientStream extends ClientCall {
  /** Queues a message, which must not change afterwards. False: too much waits, go on at `onWritable`. */
  send(message: Uint8Array): boolean;
  /** Sends nothing more; answers still come. */
  halfClose(): void;
  /** Takes no messages for now. */
  pauseReading(): void;
  /** Takes messages again. */
  resumeReading(): void;
}
