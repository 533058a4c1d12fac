/**
 * The side of the peer protocol that is asked: streams, posted messages, snapshots, probes, and everything else that is
 * the member's own to answer. Every refusal has etcd's status and text; each is logged once per member and reason.
 */
import { DecodeError } from "@etcd-ts/proto";
import type { Message } from "@etcd-ts/raft";
import { MessageType } from "@etcd-ts/raft";
import { FrameBuffer } from "../lib/frame-buffer.ts";
import { formatId, parseId, parseUrls } from "../membership/index.ts";
import type {
  ArrivedRequest,
  Clock,
  LinkAnswer,
  Logger,
  PeerEndpoint,
  PeerIdentity,
  PeerReceiver,
  StreamSink,
} from "../ports/index.ts";
import { type Peer, type StreamKind, streamKinds } from "./peer.ts";
import { answerHeaders, emptyAnswer, incompatibility, refusals, textAnswer } from "./peer-headers.ts";
import type { PeerStats } from "./peer-stats.ts";
import { probeHeaders, snapshotFormat, snapshotFormatHeader } from "./snapshot-sender.ts";
import { decodeMessage, frameBytesMax, readUint64, StreamFormatError } from "./stream-codec.ts";

/** Why a snapshot without this project's header is refused; nothing of it is read. */
const foreignSnapshot =
  "this member cannot install a snapshot of the sender's make (bbolt); it needs the leader's log, or a leader of its own make";
/** Refusals remembered so that they are logged once. */
const refusalsKept = 1_000;

/** Whom requests of other members are handed to. */
export interface RaftEndpointParts {
  readonly self: PeerIdentity;
  readonly clock: Clock;
  readonly log: Logger;
  readonly stats: Pick<PeerStats, "received">;
  peer(id: bigint): Peer | undefined;
  /** Makes a member known that tells its addresses itself. */
  learn(id: bigint, urls: readonly string[]): void;
  /** Undefined until the member has started: until then everything is refused. */
  receiver(): PeerReceiver | undefined;
}

export class RaftEndpoint implements PeerEndpoint {
  readonly #parts: RaftEndpointParts;
  readonly #logged = new Set<string>();

  constructor(parts: RaftEndpointParts) {
    this.#parts = parts;
  }

  onStream(request: ArrivedRequest): ReturnType<PeerEndpoint["onStream"]> {
    const { self } = this.#parts;
    const found = this.#findStream(request);
    if ("status" in found) return { refusal: found };
    const headers = answerHeaders(self);
    return { headers, attach: (sink: StreamSink) => found.peer.attach(found.kind, sink) };
  }

  async onRequest(request: ArrivedRequest, body: Uint8Array): Promise<LinkAnswer> {
    const { self } = this.#parts;
    const receiver = this.#parts.receiver();
    if (request.path === "/raft/probing") return this.#probing();
    if (receiver === undefined) return textAnswer(self, 503, "the member is starting");
    if (request.path === "/raft") return this.#posted(request, { body, receiver });
    if (request.method !== "GET" && request.method !== "POST") return textAnswer(self, 405, "Method Not Allowed");
    const answer = await receiver.onRequest({ method: request.method, path: request.path, body });
    return { ...answer, headers: { ...answerHeaders(self), ...answer.headers } };
  }

  async onUpload(request: ArrivedRequest, body: AsyncIterable<Uint8Array>): Promise<LinkAnswer> {
    const { self, log } = this.#parts;
    const receiver = this.#parts.receiver();
    if (receiver === undefined) return textAnswer(self, 503, "the member is starting");
    const problem = incompatibility(request.headers, self);
    if (problem !== undefined) return this.#refuse(request, { status: 412, text: problem });
    this.#meet(request, receiver);
    if (request.headers[snapshotFormatHeader.toLowerCase()] !== snapshotFormat)
      return this.#refuse(request, { status: 400, text: foreignSnapshot });
    try {
      const content = body[Symbol.asyncIterator]();
      const { message, rest } = await readAnnouncement(content);
      const refusal = this.#refuseMessage(message, receiver);
      if (refusal !== undefined) return this.#refuse(request, refusal);
      await this.#receive(message, { receiver, content: remaining(rest, content) });
      return emptyAnswer(self, 204);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      log.warn("failed to receive a database snapshot", { "remote-addr": request.remoteAddress, error: text });
      return textAnswer(self, isMalformed(error) ? 400 : 500, `failed to save KV snapshot (${text})`);
    }
  }

  async #receive(
    message: Message,
    { receiver, content }: { receiver: PeerReceiver; content: AsyncIterable<Uint8Array> },
  ): Promise<void> {
    const { clock, log } = this.#parts;
    const metrics = this.#parts.peer(message.from)?.metrics;
    const fields = {
      "remote-snapshot-sender-id": formatId(message.from),
      "incoming-snapshot-index": message.snapshot?.metadata.index,
    };
    const startedMs = clock.nowMs();
    log.info("receiving database snapshot", fields);
    metrics?.snapshotReceive.inflight.inc();
    try {
      await receiver.onSnapshot(message, content);
      metrics?.snapshotReceive.success.inc();
      metrics?.snapshotReceive.seconds.observe((clock.nowMs() - startedMs) / 1000);
      log.info("received and saved database snapshot", fields);
    } catch (error) {
      metrics?.snapshotReceive.failures.inc();
      throw error;
    } finally {
      metrics?.snapshotReceive.inflight.dec();
    }
  }

  #findStream(request: ArrivedRequest): { peer: Peer; kind: StreamKind } | LinkAnswer {
    const { self } = this.#parts;
    const receiver = this.#parts.receiver();
    if (receiver === undefined) return textAnswer(self, 503, "the member is starting");
    const problem = incompatibility(request.headers, self);
    if (problem !== undefined) return this.#refuse(request, { status: 412, text: problem });
    const [, kindText, idText] = /^\/raft\/stream\/([^/]+)\/([^/]+)$/.exec(request.path) ?? [];
    const kind = streamKinds.find((one) => one === kindText);
    if (kind === undefined) return textAnswer(self, 404, "invalid path");
    const from = parseId(idText ?? "");
    if (from === undefined) return textAnswer(self, 404, "invalid from");
    if (receiver.isRemoved(from)) return this.#refuse(request, { status: 410, text: refusals.removedStream });
    this.#meet(request, receiver);
    const peer = this.#parts.peer(from);
    if (peer === undefined) return this.#refuse(request, { status: 404, text: refusals.unknownSender });
    if (request.headers["x-raft-to"] !== formatId(self.memberId))
      return this.#refuse(request, { status: 412, text: refusals.wrongTarget });
    return { peer, kind };
  }

  #posted(request: ArrivedRequest, { body, receiver }: { body: Uint8Array; receiver: PeerReceiver }): LinkAnswer {
    const { self } = this.#parts;
    if (request.method !== "POST") return textAnswer(self, 405, "Method Not Allowed");
    const problem = incompatibility(request.headers, self);
    if (problem !== undefined) return this.#refuse(request, { status: 412, text: problem });
    this.#meet(request, receiver);
    const message = decodedOrUndefined(body);
    if (message === undefined) {
      this.#sender(request)?.metrics.receivedFailures.inc();
      return this.#refuse(request, { status: 400, text: "error unmarshalling raft message" });
    }
    const refusal = this.#refuseMessage(message, receiver);
    if (refusal !== undefined) return this.#refuse(request, refusal);
    // A snapshot without its content would be applied as if it were whole.
    if (message.type === MessageType.snap)
      return this.#refuse(request, { status: 400, text: "wrong raft message type" });
    this.#parts.peer(message.from)?.metrics.receivedBytes.inc(body.length);
    this.#parts.stats.received(message);
    receiver.onMessages([message]);
    return emptyAnswer(self, 204);
  }

  /** Whoever was added while this member was away may lead by now: without its addresses it could never be answered. */
  #meet({ headers }: ArrivedRequest, receiver: PeerReceiver): void {
    const id = parseId(headers["x-server-from"] ?? "");
    if (id === undefined || this.#parts.peer(id) !== undefined || receiver.isRemoved(id)) return;
    const urls = parseUrls((headers["x-peerurls"] ?? "").split(","));
    if (!urls.ok) return;
    this.#parts.learn(
      id,
      urls.value.map(({ text }) => text),
    );
  }

  #sender({ headers }: ArrivedRequest): Peer | undefined {
    const id = parseId(headers["x-server-from"] ?? "");
    return id === undefined ? undefined : this.#parts.peer(id);
  }

  #refuseMessage(message: Message, receiver: PeerReceiver): { status: number; text: string } | undefined {
    if (receiver.isRemoved(message.from)) return { status: 403, text: refusals.removedMessage };
    if (message.to !== this.#parts.self.memberId) return { status: 403, text: refusals.wrongMember };
    return undefined;
  }

  #probing(): LinkAnswer {
    const now = new Date(this.#parts.clock.wallMs()).toISOString();
    const body = new TextEncoder().encode(`${JSON.stringify({ OK: true, Now: now })}\n`);
    return { status: 200, headers: probeHeaders, body };
  }

  #refuse(request: ArrivedRequest, { status, text }: { status: number; text: string }): LinkAnswer {
    const from = request.headers["x-server-from"] ?? "unknown";
    const key = `${from} ${status} ${text}`;
    if (!this.#logged.has(key) && this.#logged.size < refusalsKept) {
      this.#logged.add(key);
      this.#parts.log.warn("refused a request of another member (told once)", {
        "remote-peer-id": from,
        "remote-addr": request.remoteAddress,
        "remote-peer-cluster-id": request.headers["x-etcd-cluster-id"] ?? "",
        "remote-peer-server-version": request.headers["x-server-version"] ?? "",
        path: request.path,
        status,
        reason: text,
      });
    }
    return textAnswer(this.#parts.self, status, text);
  }
}

function isMalformed(error: unknown): boolean {
  return error instanceof StreamFormatError || error instanceof DecodeError;
}

function decodedOrUndefined(body: Uint8Array): Message | undefined {
  try {
    return decodeMessage(body);
  } catch (error) {
    if (isMalformed(error)) return undefined;
    throw error;
  }
}

/** Reads the frame in front of the content. */
async function readAnnouncement(content: AsyncIterator<Uint8Array>): Promise<{ message: Message; rest: Uint8Array }> {
  const buffer = new FrameBuffer();
  let size: number | undefined;
  for (;;) {
    if (size === undefined && buffer.length >= 8) size = readUint64(buffer.take(8)!, frameBytesMax);
    const frame = size === undefined ? undefined : buffer.take(size);
    if (frame !== undefined) {
      const message = decodeMessage(frame);
      if (message.type !== MessageType.snap) throw new StreamFormatError("wrong raft message type");
      return { message, rest: buffer.take(buffer.length)! };
    }
    const { value, done } = await content.next();
    if (done === true) throw new StreamFormatError("the snapshot ends before its announcement does");
    buffer.push(value);
  }
}

async function* remaining(rest: Uint8Array, content: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (rest.length > 0) yield rest;
  for (;;) {
    const { value, done } = await content.next();
    if (done === true) return;
    yield value;
  }
}
