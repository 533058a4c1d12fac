/**
 * The network of a member by etcd's peer protocol: a set of peers, and the endpoint that answers theirs.
 * Everything sent in one event-loop turn leaves in one write per peer and stream.
 */
import type { Message } from "@etcd-ts/raft";
import { assert } from "../lib/assert.ts";
import { formatId } from "../membership/index.ts";
import type {
  Clock,
  Logger,
  Metrics,
  PeerAnswer,
  PeerConnector,
  PeerEndpoint,
  PeerIdentity,
  PeerNetwork,
  PeerReceiver,
  PeerRequest,
  Timer,
} from "../ports/index.ts";
import { EntriesEncoder } from "./entries-encoder.ts";
import { Peer } from "./peer.ts";
import { requestHeaders } from "./peer-headers.ts";
import { PeerStats } from "./peer-stats.ts";
import { RaftEndpoint } from "./raft-endpoint.ts";
import { streamSilenceMs } from "./stream-reader.ts";
import type { StreamWriter } from "./stream-writer.ts";

const requestTimeoutMs = 5_000;
/** With so many peers none is taken any more on its own word. */
const peersMax = 64;

/** What the transport needs of the world. */
export interface PeerTransportParts {
  readonly self: PeerIdentity;
  readonly connector: PeerConnector;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export class PeerTransport implements PeerNetwork {
  /** Answers the other members; to be connected to the peer listeners. */
  readonly endpoint: PeerEndpoint;
  /** What passed, in the figures of `/v2/stats`. */
  readonly stats: PeerStats;
  readonly #parts: PeerTransportParts;
  readonly #peers = new Map<bigint, Peer>();
  readonly #known = new Map<bigint, readonly string[]>();
  readonly #entries = new EntriesEncoder();
  #pending: StreamWriter[] = [];
  #receiver: PeerReceiver | undefined;
  #keepAlive: Timer | undefined;
  #closed = false;

  constructor(parts: PeerTransportParts) {
    this.#parts = parts;
    const { self, clock, log } = parts;
    const peer = (id: bigint) => this.#peers.get(id);
    this.stats = new PeerStats(clock);
    const learn = (id: bigint, urls: readonly string[]) => this.#learn(id, urls);
    const receiver = () => this.#receiver;
    this.endpoint = new RaftEndpoint({ self, clock, log, peer, learn, receiver, stats: this.stats });
  }

  start(receiver: PeerReceiver): void {
    assert(this.#receiver === undefined, "the network was started before");
    this.#receiver = receiver;
    for (const [id, urls] of this.#known) this.#startPeer(id, { urls, receiver });
    this.#keepAliveLater();
  }

  send(message: Message): void {
    this.#peers.get(message.to)?.send(message);
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    const writers = this.#pending;
    this.#pending = [];
    for (const writer of writers) writer.flush();
  }

  sendSnapshot(message: Message, content: AsyncIterable<Uint8Array>): void {
    const peer = this.#peers.get(message.to);
    if (peer === undefined) this.#receiver?.onSnapshotSent(message.to, false);
    else peer.sendSnapshot(message, content);
  }

  addPeer(id: bigint, urls: readonly string[]): void {
    if (id === this.#parts.self.memberId || this.#closed) return;
    this.#known.set(id, urls);
    const peer = this.#peers.get(id);
    if (peer !== undefined) peer.update(urls);
    else if (this.#receiver !== undefined) this.#startPeer(id, { urls, receiver: this.#receiver });
  }

  removePeer(id: bigint): void {
    this.#known.delete(id);
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    this.#peers.delete(id);
    this.stats.forget(id);
    peer.stop();
    this.#parts.log.info("removed remote peer", { "removed-remote-peer-id": formatId(id) });
  }

  async request(id: bigint, request: PeerRequest): Promise<PeerAnswer> {
    const urls = this.#known.get(id) ?? [];
    let failure: unknown = new Error(`member ${formatId(id)} is unknown`);
    for (const url of urls) {
      try {
        return await this.ask(url, request);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  ask(url: string, request: PeerRequest): Promise<PeerAnswer> {
    const headers = { ...requestHeaders(this.#parts.self), "Content-Type": "application/protobuf" };
    return this.#parts.connector.request(url, { ...request, headers, timeoutMs: requestTimeoutMs });
  }

  activeSinceMs(id: bigint): number | undefined {
    return this.#peers.get(id)?.status.activeSinceMs;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.flush();
    this.#keepAlive?.cancel();
    for (const peer of this.#peers.values()) peer.stop();
    this.#peers.clear();
    this.#known.clear();
    this.#parts.connector.close();
  }

  #learn(id: bigint, urls: readonly string[]): void {
    if (this.#peers.size < peersMax) this.addPeer(id, urls);
  }

  #startPeer(id: bigint, { urls, receiver }: { urls: readonly string[]; receiver: PeerReceiver }): void {
    const { self, connector, clock, log, metrics } = this.#parts;
    const peer = new Peer({
      self,
      remote: id,
      urls,
      connector,
      clock,
      log,
      metrics,
      entries: this.#entries,
      receiver,
      stats: this.stats,
      onPending: (writer) => this.#flushLater(writer),
    });
    this.#peers.set(id, peer);
    this.stats.follow(id);
    peer.start();
    log.info("added remote peer", { "added-peer-id": formatId(id), "added-peer-peer-urls": urls });
  }

  #flushLater(writer: StreamWriter): void {
    if (this.#pending.push(writer) === 1) this.#parts.clock.endOfTurn(() => this.flush());
  }

  #keepAliveLater(): void {
    this.#keepAlive = this.#parts.clock.setTimer(streamSilenceMs / 3, () => {
      for (const peer of this.#peers.values()) peer.keepAlive();
      this.#keepAliveLater();
    });
  }
}
