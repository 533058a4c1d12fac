/**
 * One other member: two streams each way (appends of a leader, everything else), posts while there is no stream, snapshots
 * beside them, and a probe that measures the way there and back. Whoever writes waits for the other to ask for the stream, so
 * that the reading side decides by which connection it wants to be reached.
 */
import { type Message, MessageType } from "@etcd-ts/raft";
import {
  type Clock,
  type Logger,
  type Metrics,
  type PeerConnector,
  type PeerIdentity,
  type PeerReceiver,
  type StreamSink,
  silenceReason,
  type Timer,
} from "../ports/index.ts";
import { AppendDecoder, AppendEncoder } from "./append-codec.ts";
import type { EntriesEncoder } from "./entries-encoder.ts";
import { type PeerMetrics, peerMetrics } from "./peer-metrics.ts";
import type { PeerStats } from "./peer-stats.ts";
import { PeerStatus } from "./peer-status.ts";
import { Pipeline } from "./pipeline.ts";
import { sendSnapshot } from "./snapshot-sender.ts";
import { MessageDecoder, MessageEncoder, type StreamEncoder } from "./stream-codec.ts";
import { StreamReader } from "./stream-reader.ts";
import { StreamWriter } from "./stream-writer.ts";
import { UrlPicker } from "./url-picker.ts";

/** Pause between two probes: shorter than the silence that breaks a connection. */
const probeIntervalMs = 4_000;
const probeTimeoutMs = 4_000;

/** The kinds of streams, by their names in paths. */
export const streamKinds = ["msgapp", "message"] as const;
export type StreamKind = (typeof streamKinds)[number];

/** Who the peer is, and what talking to it needs. */
export interface PeerParts {
  readonly self: PeerIdentity;
  readonly remote: bigint;
  readonly urls: readonly string[];
  readonly connector: PeerConnector;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly entries: EntriesEncoder;
  readonly receiver: PeerReceiver;
  readonly stats: PeerStats;
  /** Asks to be flushed at the end of the turn. */
  onPending(writer: StreamWriter): void;
}

export class Peer {
  readonly urls: UrlPicker;
  readonly status: PeerStatus;
  readonly metrics: PeerMetrics;
  readonly #parts: PeerParts;
  readonly #writers: Readonly<Record<StreamKind, StreamWriter>>;
  readonly #readers: readonly StreamReader[];
  readonly #pipeline: Pipeline;
  #probe: Timer | undefined;
  #stopped = false;
  #unreachable = false;

  constructor(parts: PeerParts) {
    this.#parts = parts;
    const { clock, log, metrics, self, remote, entries } = parts;
    this.urls = new UrlPicker(parts.urls);
    this.metrics = peerMetrics(metrics, { local: self.memberId, remote });
    this.status = new PeerStatus({ clock, log, metrics: this.metrics, remote });
    this.#writers = {
      msgapp: this.#createWriter(() => new AppendEncoder(entries)),
      message: this.#createWriter(() => new MessageEncoder()),
    };
    this.#readers = streamKinds.map((kind) => this.#createReader(kind));
    this.#pipeline = this.#createPipeline();
  }

  start(): void {
    for (const reader of this.#readers) reader.start();
    this.#probeLater();
  }

  /** Ends everything; nothing is delivered afterwards. */
  stop(): void {
    this.#stopped = true;
    this.#probe?.cancel();
    for (const reader of this.#readers) reader.stop();
    for (const kind of streamKinds) this.#writers[kind].close("closed by this member");
    this.#pipeline.stop();
    this.status.forgotten();
  }

  update(urls: readonly string[]): void {
    if (sameTexts(urls, this.urls.all)) return;
    this.urls.update(urls);
    for (const reader of this.#readers) reader.restart();
  }

  /** Sends a message by the best way there is, or drops it and says so. */
  send(message: Message): void {
    this.#parts.stats.sending(message);
    if (this.#sendByStream(message)) return;
    // A stream that is open and full is no reason to overtake it.
    if (!this.#writers.message.isOpen && this.#pipeline.push(message)) return;
    this.#failed(message);
  }

  sendSnapshot(message: Message, content: AsyncIterable<Uint8Array>): void {
    const { self, connector, clock, log, remote, receiver } = this.#parts;
    const onForeign = (reason: string) => this.status.failed("send snapshot", reason);
    const parts = { self, connector, clock, log, urls: this.urls, metrics: this.metrics, onForeign };
    void sendSnapshot(parts, message, content).then((ok) => receiver.onSnapshotSent(remote, ok));
  }

  /** Gives the peer a stream it asked for. */
  attach(kind: StreamKind, sink: StreamSink): () => void {
    return this.#writers[kind].attach(sink);
  }

  /** Says something on streams that may have been silent. */
  keepAlive(): void {
    for (const kind of streamKinds) this.#writers[kind].keepAlive();
  }

  #failed(message: Message): void {
    this.metrics.sentFailures.inc();
    this.#parts.stats.failed(message);
    this.#reportUnreachable();
  }

  #sendByStream(message: Message): boolean {
    const { msgapp, message: general } = this.#writers;
    if (message.type === MessageType.app && msgapp.isOpen) return msgapp.push(message);
    return general.push(message);
  }

  #createWriter(createEncoder: () => StreamEncoder): StreamWriter {
    return new StreamWriter(
      {
        onPending: (writer) => this.#parts.onPending(writer),
        onOpen: () => this.status.streamOpened(),
        onClosed: (reason) => this.#writerClosed(reason),
        onSent: (bytes) => this.metrics.sentBytes.inc(bytes),
      },
      createEncoder,
    );
  }

  /** What was on its way may be lost: the consensus core must not wait for an answer. */
  #writerClosed(reason: string): void {
    this.status.streamClosed(reason);
    this.#reportUnreachable();
  }

  /** Once per turn, however many messages were lost in it. */
  #reportUnreachable(): void {
    if (this.#unreachable || this.#stopped) return;
    this.#unreachable = true;
    this.#parts.clock.endOfTurn(() => {
      this.#unreachable = false;
      if (!this.#stopped) this.#parts.receiver.onUnreachable(this.#parts.remote);
    });
  }

  #createReader(kind: StreamKind): StreamReader {
    const { self, remote, connector, clock, receiver, stats } = this.#parts;
    const ends = { local: self.memberId, remote };
    const createDecoder = () => (kind === "msgapp" ? new AppendDecoder(ends) : new MessageDecoder());
    return new StreamReader(
      { self, remote, kind, connector, clock, urls: this.urls, createDecoder },
      {
        onOpen: () => this.status.streamOpened(),
        onMessages: (messages, bytes) => {
          this.metrics.receivedBytes.inc(bytes);
          for (let i = 0; i < messages.length; i++) stats.received(messages[i]!);
          receiver.onMessages(messages);
        },
        onClosed: (reason) => this.#readerClosed(reason),
        onFailed: (reason) => this.status.failed(`open stream ${kind}`, reason),
        onBroken: (reason) => {
          this.metrics.receivedFailures.inc();
          this.status.failed(`read stream ${kind}`, reason);
        },
        onNobody: () => {
          if (this.status.activeSinceMs === undefined) receiver.onGone(remote);
        },
        onRemoved: () => receiver.onRemoved(),
      },
    );
  }

  /** A peer that fell silent does not hear us either; its next streams will tell that it is back. */
  #readerClosed(reason: string): void {
    this.status.streamClosed(reason);
    if (reason === silenceReason) for (const kind of streamKinds) this.#writers[kind].close(reason);
  }

  #createPipeline(): Pipeline {
    const { self, connector } = this.#parts;
    return new Pipeline(
      { self, connector, urls: this.urls },
      {
        onSent: (bytes) => this.metrics.sentBytes.inc(bytes),
        onFailed: (message, reason) => {
          this.status.failed("send message", reason);
          this.#failed(message);
        },
      },
    );
  }

  #probeLater(): void {
    if (!this.#stopped) this.#probe = this.#parts.clock.setTimer(probeIntervalMs, () => void this.#probeOnce());
  }

  async #probeOnce(): Promise<void> {
    const { connector, clock } = this.#parts;
    const url = this.urls.current;
    const startedMs = clock.nowMs();
    const request = {
      method: "GET",
      path: "/raft/probing",
      headers: {},
      body: new Uint8Array(0),
      timeoutMs: probeTimeoutMs,
    } as const;
    try {
      if (url !== undefined) {
        await connector.request(url, request);
        this.metrics.roundTripSeconds.observe((clock.nowMs() - startedMs) / 1000);
      }
    } catch {
      // The streams tell whether the peer can be reached; the probe only measures.
    }
    this.#probeLater();
  }
}

function sameTexts(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((text, i) => text === right[i]);
}
