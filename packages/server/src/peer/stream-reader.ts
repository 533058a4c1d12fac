/**
 * Keeps one kind of stream from a peer open: asks for it, reads messages from it, and asks again when it ends, with
 * growing pauses while that fails. What refused or broke it is told once per change.
 */
import type { Message } from "@etcd-ts/raft";
import { formatId } from "../membership/index.ts";
import type { Clock, LinkAnswer, OpenedStream, PeerConnector, PeerIdentity, Timer } from "../ports/index.ts";
import { requestHeaders, textOf } from "./peer-headers.ts";
import type { StreamDecoder } from "./stream-codec.ts";
import type { UrlPicker } from "./url-picker.ts";

/** Silence after which a stream counts as broken; a writer says something every third of it. */
export const streamSilenceMs = 5_000;
const pauseMsMin = 100;
const pauseMsMax = 1_000;

/** Whom the stream is asked from, and of which kind it is. */
export interface StreamReaderParts {
  readonly self: PeerIdentity;
  readonly remote: bigint;
  /** `msgapp` or `message`. */
  readonly kind: string;
  readonly connector: PeerConnector;
  readonly clock: Clock;
  readonly urls: UrlPicker;
  readonly createDecoder: () => StreamDecoder;
}

/** What happens on the stream. */
export interface StreamReaderEvents {
  onOpen(): void;
  /** Messages that arrived together; never empty. */
  onMessages(messages: readonly Message[], bytes: number): void;
  onClosed(reason: string): void;
  onFailed(reason: string): void;
  /** What the peer wrote follows no format; the stream ends. */
  onBroken(reason: string): void;
  /** Nobody listens at the peer's address. */
  onNobody(): void;
  /** The peer says that this member was removed. */
  onRemoved(): void;
}

export class StreamReader {
  readonly #parts: StreamReaderParts;
  readonly #events: StreamReaderEvents;
  #stream: OpenedStream | undefined;
  #open = false;
  #retry: Timer | undefined;
  #pauseMs = pauseMsMin;
  #stopped = false;

  constructor(parts: StreamReaderParts, events: StreamReaderEvents) {
    this.#parts = parts;
    this.#events = events;
  }

  start(): void {
    this.#dial();
  }

  stop(): void {
    this.#stopped = true;
    this.#retry?.cancel();
    this.#stream?.close();
  }

  /** Breaks the stream off and asks again: the addresses changed. */
  restart(): void {
    this.#pauseMs = pauseMsMin;
    this.#stream?.close();
  }

  #dial(): void {
    const { connector, urls, self, kind, remote, createDecoder } = this.#parts;
    const url = urls.current;
    if (this.#stopped || url === undefined) return this.#dialLater();
    const decoder = createDecoder();
    const path = `/raft/stream/${kind}/${formatId(self.memberId)}`;
    const headers = { ...requestHeaders(self), "X-Raft-To": formatId(remote) };
    this.#stream = connector.openStream(
      url,
      { path, headers, silenceMs: streamSilenceMs },
      {
        onOpen: () => this.#opened(),
        onData: (chunk) => this.#read(decoder, chunk),
        onEnd: ({ refusal, error, nobodyListens }) => {
          if (refusal !== undefined || !this.#open) urls.failed(url);
          this.#ended(refusal, error);
          if (nobodyListens === true && !this.#stopped) this.#events.onNobody();
        },
      },
    );
  }

  #opened(): void {
    this.#open = true;
    this.#pauseMs = pauseMsMin;
    this.#events.onOpen();
  }

  #read(decoder: StreamDecoder, chunk: Uint8Array): void {
    if (this.#stopped) return;
    const messages: Message[] = [];
    try {
      decoder.push(chunk, messages);
    } catch (error) {
      this.#events.onBroken(error instanceof Error ? error.message : String(error));
      this.#stream?.close();
    }
    if (messages.length > 0) this.#events.onMessages(messages, chunk.length);
  }

  #ended(refusal: LinkAnswer | undefined, error: Error | undefined): void {
    const wasOpen = this.#open;
    this.#open = false;
    this.#stream = undefined;
    const reason = refusal === undefined ? (error?.message ?? "closed by the peer") : refusalText(refusal);
    if (wasOpen) this.#events.onClosed(reason);
    else if (!this.#stopped) this.#events.onFailed(reason);
    if (this.#stopped) return;
    if (refusal?.status === 410) this.#events.onRemoved();
    this.#dialLater();
  }

  #dialLater(): void {
    if (this.#stopped) return;
    this.#retry = this.#parts.clock.setTimer(this.#pauseMs, () => this.#dial());
    this.#pauseMs = Math.min(pauseMsMax, this.#pauseMs * 2);
  }
}

function refusalText(refusal: LinkAnswer): string {
  if (refusal.status === 404) return "the peer does not know this member (yet)";
  const clusterId = refusal.headers["x-etcd-cluster-id"];
  const whose = refusal.status === 412 && clusterId !== undefined ? ` (its cluster is ${clusterId})` : "";
  return `refused with status ${refusal.status}: ${textOf(refusal)}${whose}`;
}
