/**
 * One HTTP/2 stream. Calls are subclasses of it, so that a call is one object. The fields belong to the engine:
 * subclasses read them and go through the connection to change them. Times are whole milliseconds and 0 stands for
 * none, which keeps the fields small integers.
 */
import type { HeaderBlock } from "../hpack/index.ts";
import type { Http2Connection } from "./connection.ts";

/** Base of every exchange on a connection; the abstract methods tell it what the peer and the engine do. */
export abstract class Http2Stream {
  readonly connection: Http2Connection;
  /** 0 until a client's stream is opened. */
  id: number;
  /** Bytes the peer lets us send; negative after it shrank the window. */
  sendWindow: number;
  /** Bytes received that no WINDOW_UPDATE gave back. */
  receiveUsed = 0;
  /** Of these, bytes kept because the reader paused. */
  heldBytes = 0;
  /** Left of an announced content-length, or -1. */
  expectedBytes = -1;
  /** The peer finished its side. */
  remoteClosed = false;
  /** We finished ours. */
  localClosed = false;
  /** Closed, reset or lost: the connection knows it no more. */
  isGone = false;
  /** When `onDeadline` is due, or 0. */
  expiresMs = 0;
  /** When the engine gives the stream up, or 0. */
  guardMs = 0;
  /** Bytes that wait for a window or for the transport, in order; undefined when there are none. */
  queue: Uint8Array[] | undefined = undefined;
  /** Their sum. */
  queuedBytes = 0;
  /** Whether the scheduler has it in its queue. */
  isReady = false;
  /** Whether the end of the queue is the end of our side. */
  endsWithData = false;

  constructor(connection: Http2Connection, id: number) {
    this.connection = connection;
    this.id = id;
    this.sendWindow = connection.peerSettings.initialWindowSize;
  }

  /** A further header block: a response, or trailers when `endStream`. */
  abstract onHeaders(block: HeaderBlock, endStream: boolean): void;
  /** Payload in `bytes[start, end)`, never empty; the bytes stay valid. */
  abstract onData(bytes: Uint8Array, start: number, end: number): void;
  /** The peer finished its side in order. */
  abstract onRemoteEnd(): void;
  /** The stream is gone before its time: reset by either end, or the connection was lost. */
  abstract onReset(code: number): void;
  /** `expiresMs` has come. */
  abstract onDeadline(): void;
  /** Some of the queue has left. */
  abstract onSent(): void;
}
