/**
 * The two kinds of call a server handles, as handlers see them. All methods may be called at any time: on a call that
 * is over they do nothing.
 */
import type { PeerInfo } from "../http2/index.ts";
import type { Metadata } from "./metadata.ts";
import type { GrpcStatus } from "./status.ts";

/** What every call tells. */
export interface ServerCall {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** The request's metadata, with `:authority` and `user-agent`; read only. */
  readonly metadata: Metadata;
  readonly peer: PeerInfo;
  /** When the caller's patience ends, on the server's clock; the server ends the call then. */
  readonly deadlineMs: number | undefined;
  /** Whether the caller is gone: it cancelled, its time is up, or its connection is lost. */
  readonly cancelled: boolean;
  /** Calls `run` once when the call becomes cancelled before it was answered. One listener; a later one replaces it. */
  onCancel(run: () => void): void;
}

/** One message in, one message out. */
export interface UnaryCall extends ServerCall {
  /** The request: a view that stays valid as long as it is kept. */
  readonly message: Uint8Array;
  /** Answers. The message must not change afterwards: it may have to wait for the caller's window. */
  reply(message: Uint8Array, trailers?: Metadata): void;
  /** Answers with `sizeBytes` bytes that `encode` puts straight into the output at `offset`, during this call. */
  replyWith(sizeBytes: number, encode: (buffer: Uint8Array, offset: number) => void): void;
  /**
   * Answers with a message of `sizeBytes` bytes that follow in pieces, as the caller takes them: for answers too large to
   * be held in memory. The deadline of the call, and a caller that takes too little for too long, cancel it.
   */
  replyInPieces(sizeBytes: number): ReplyPieces;
  /** Answers with an error. An answer in pieces that is under way is reset instead. */
  fail(status: GrpcStatus): void;
}

/** A reply under way; on a call that is over the methods do nothing. */
export interface ReplyPieces {
  /** Bytes handed over that wait here: while it is 0, the arrays of all earlier writes may be filled again. */
  readonly waitingBytes: number;
  /**
   * Hands over the bytes that follow, which must not change afterwards; more than announced is a bug. False: enough
   * waits for the caller, go on at `onWritable`. Behind the last byte the call ends by itself, well.
   */
  write(bytes: Uint8Array): boolean;
  /** Calls `run` whenever there is room again after `write` answered false. One listener; a later one replaces it. */
  onWritable(run: () => void): void;
  /** Gives up, because what was announced cannot be had: the caller's stream is reset with INTERNAL_ERROR. */
  abort(): void;
}

/** Messages in both directions. The call goes on after the caller's half close until `end`. */
export interface StreamCall extends ServerCall {
  /** Receives each message; until a listener is named, messages wait. */
  onMessage(run: (message: Uint8Array) => void): void;
  /** The caller has sent its last message. */
  onHalfClose(run: () => void): void;
  /** Sends the response headers now instead of with the first message, optionally with metadata. */
  sendHeaders(metadata?: Metadata): void;
  /** Queues a message, which must not change afterwards. False: too much waits, go on at `onWritable`. */
  send(message: Uint8Array): boolean;
  /** Queues `count` messages that stand one behind the other, each behind gRPC's 5-byte prefix; otherwise like `send`. */
  sendFramed(frames: Uint8Array, count: number): boolean;
  /** Calls `run` whenever there is room again after `send` answered false. */
  onWritable(run: () => void): void;
  /** From now on a caller that takes too little for too long is cancelled: for calls that hold something for it. */
  limitStalls(): void;
  /** Ends the call after what was sent; without a status, well. */
  end(status?: GrpcStatus): void;
  /** Takes no messages for now; the caller is held back by its window, other calls are not. */
  pauseReading(): void;
  /** Takes messages again. */
  resumeReading(): void;
}
