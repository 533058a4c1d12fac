/**
 * Writes one kind of stream to a peer, once the peer has asked for it. Messages of one event-loop turn leave together in
 * one write. A newer stream takes the place of an older one: the peer asks anew when it believes the old one broken.
 *
 * Bound: at most `queuedBytesMax` wait; a message beyond is refused and the sender told, which makes the consensus core slow down.
 */
import type { Message } from "@etcd-ts/raft";
import type { StreamSink } from "../ports/index.ts";
import type { StreamEncoder } from "./stream-codec.ts";

/** Bytes that may wait for a slow peer, on top of the last message. */
const queuedBytesMax = 64 * 1024 * 1024;

/** What happens on the stream. */
export interface StreamWriterEvents {
  /** There is something to flush. */
  onPending(writer: StreamWriter): void;
  onOpen(): void;
  onClosed(reason: string): void;
  onSent(bytes: number): void;
}

export class StreamWriter {
  readonly #events: StreamWriterEvents;
  readonly #createEncoder: () => StreamEncoder;
  #sink: StreamSink | undefined;
  #encoder: StreamEncoder | undefined;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(events: StreamWriterEvents, createEncoder: () => StreamEncoder) {
    this.#events = events;
    this.#createEncoder = createEncoder;
  }

  /** Whether the peer has asked for this stream. */
  get isOpen(): boolean {
    return this.#sink !== undefined;
  }

  /** Takes over a stream; returns what to call when it is gone. */
  attach(sink: StreamSink): () => void {
    this.close("replaced by a newer stream");
    this.#sink = sink;
    this.#encoder = this.#createEncoder();
    this.#events.onOpen();
    return () => {
      if (this.#sink === sink) this.#drop("closed by the peer");
    };
  }

  /** Queues a message for the next flush; false when the stream is closed or too much waits. */
  push(message: Message): boolean {
    const sink = this.#sink;
    if (sink === undefined || sink.queuedBytes + this.#pendingBytes > queuedBytesMax) return false;
    const from = this.#pending.length;
    this.#encoder!.encode(message, this.#pending);
    for (let i = from; i < this.#pending.length; i++) this.#pendingBytes += this.#pending[i]!.length;
    if (from === 0) this.#events.onPending(this);
    return true;
  }

  /** Writes what is queued. */
  flush(): void {
    if (this.#pending.length === 0) return;
    const bytes = this.#pending.length === 1 ? this.#pending[0]! : joined(this.#pending, this.#pendingBytes);
    this.#events.onSent(this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#sink?.write(bytes);
  }

  /** Keeps a silent stream alive. */
  keepAlive(): void {
    if (this.#sink === undefined || this.#sink.queuedBytes > 0) return;
    this.flush();
    this.#sink.write(this.#encoder!.keepAlive);
  }

  close(reason: string): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    this.#drop(reason);
    sink.close();
  }

  #drop(reason: string): void {
    this.#sink = undefined;
    this.#encoder = undefined;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#events.onClosed(reason);
  }
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
