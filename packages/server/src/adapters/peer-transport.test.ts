import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Message, MessageType, newMessage } from "@etcd-ts/raft";
import { PeerTransport } from "../peer/index.ts";
import {
  type LinkAnswer,
  type NetworkUnderTest,
  type OpenedStream,
  peerNetworkContract,
  type RecordedPeer,
  recordingReceiver,
  silentLogger,
} from "../ports/index.ts";
import { RecordedMetrics } from "../testing/index.ts";
import { HttpPeerConnector } from "./http-peer-connector.ts";
import { NodeClock } from "./node-clock.ts";
import { PeerListener } from "./peer-listener.ts";

const clock = new NodeClock();
const closing: (() => Promise<void>)[] = [];
after(() => Promise.all(closing.map((close) => close())));

interface End extends RecordedPeer {
  readonly url: string;
  readonly listener: PeerListener;
  readonly metrics: RecordedMetrics;
  /** Streams that this end reads. */
  openedStreams(): number;
}

/** Counts the streams it has opened. */
class CountingConnector extends HttpPeerConnector {
  opened = 0;

  override openStream(...[url, request, events]: Parameters<HttpPeerConnector["openStream"]>): OpenedStream {
    const onOpen = () => {
      this.opened++;
      events.onOpen();
    };
    const { onData, onEnd } = events;
    return super.openStream(url, request, { onOpen, onData, onEnd });
  }
}

async function openEnd(memberId: bigint, clusterId = 0xcn): Promise<End> {
  const where = { host: "127.0.0.1", port: 0 };
  const listener = await PeerListener.open({ where, tls: undefined, clock, log: silentLogger });
  const url = `http://${listener.address}`;
  const connector = new CountingConnector({ tls: undefined });
  const self = { memberId, clusterId, version: "3.7.1", advertisePeerUrls: [url] };
  const metrics = new RecordedMetrics();
  const network = new PeerTransport({ self, connector, clock, log: silentLogger, metrics });
  listener.serve(network.endpoint);
  closing.push(async () => {
    await network.close();
    await listener.close();
  });
  return {
    url,
    listener,
    metrics,
    network,
    openedStreams: () => connector.opened,
    messages: [],
    snapshots: [],
    sent: [],
  };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, "the condition never held");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function open(): Promise<NetworkUnderTest & { readonly one: End; readonly two: End }> {
  const [one, two] = await Promise.all([openEnd(1n), openEnd(2n)]);
  one.network.addPeer(2n, [two.url]);
  two.network.addPeer(1n, [one.url]);
  one.network.start(recordingReceiver(one));
  two.network.start(recordingReceiver(two));
  // Streams first: posts would arrive in any order.
  await until(() => one.openedStreams() === 2 && two.openedStreams() === 2);
  return { one, two, until, close: async () => {} };
}

for (const { name, run } of peerNetworkContract) {
  test(`peer transport: ${name}`, async () => run(await open(), assert));
}

const baseHeaders = {
  "X-Server-From": "1",
  "X-Server-Version": "3.7.1",
  "X-Min-Cluster-Version": "3.0.0",
  "X-Etcd-Cluster-ID": "c",
};

const refused: readonly {
  readonly what: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
  readonly text: string;
}[] = [
  {
    what: "another cluster",
    path: "/raft/stream/message/1",
    headers: { "X-Etcd-Cluster-ID": "d" },
    status: 412,
    text: "cluster ID mismatch",
  },
  {
    what: "a release too old",
    path: "/raft/stream/message/1",
    headers: { "X-Server-Version": "2.3.0" },
    status: 412,
    text: "incompatible version",
  },
  {
    what: "a release too new",
    path: "/raft/stream/message/1",
    headers: { "X-Min-Cluster-Version": "4.0.0" },
    status: 412,
    text: "incompatible version",
  },
  { what: "an unknown kind", path: "/raft/stream/other/1", headers: {}, status: 404, text: "invalid path" },
  { what: "no id", path: "/raft/stream/message/xyz", headers: {}, status: 404, text: "invalid from" },
  {
    what: "an unknown member",
    path: "/raft/stream/message/77",
    headers: {},
    status: 404,
    text: "error sender not found",
  },
  {
    what: "another addressee",
    path: "/raft/stream/message/1",
    headers: { "X-Raft-To": "9" },
    status: 412,
    text: "to field mismatch",
  },
];

test("streams are refused with etcd's statuses and texts", async () => {
  const { two } = await open();
  const connector = new HttpPeerConnector({ tls: undefined });
  closing.push(async () => connector.close());
  for (const { what, path, headers, status, text } of refused) {
    const answer = await new Promise<LinkAnswer | undefined>((resolve) => {
      const request = { path, headers: { ...baseHeaders, "X-Raft-To": "2", ...headers }, silenceMs: 5_000 };
      connector.openStream(two.url, request, { onOpen() {}, onData() {}, onEnd: ({ refusal }) => resolve(refusal) });
    });
    assert.deepEqual([answer?.status, new TextDecoder().decode(answer?.body)], [status, `${text}\n`], what);
  }
});

test("posted messages to another member, without sense, or announcing a snapshot are refused", async () => {
  const { two } = await open();
  const connector = new HttpPeerConnector({ tls: undefined });
  closing.push(async () => connector.close());
  const post = (body: Uint8Array) =>
    connector.request(two.url, { method: "POST", path: "/raft", headers: baseHeaders, body, timeoutMs: 5_000 });
  const failures = () => two.metrics.value("etcd_network_peer_received_failures_total", { From: "1" });
  assert.equal(failures(), 0);
  assert.equal((await post(Uint8Array.of(255, 255))).status, 400);
  assert.equal(failures(), 1);
  const { raftpb } = await import("@etcd-ts/proto");
  const encoded = (message: Message) => raftpb.Message.encode(message);
  assert.equal((await post(encoded({ ...newMessage(MessageType.appResp, 5n), from: 1n }))).status, 403);
  assert.equal((await post(encoded({ ...newMessage(MessageType.snap, 2n), from: 1n }))).status, 400);
  assert.equal((await post(encoded({ ...newMessage(MessageType.appResp, 2n), from: 1n }))).status, 204);
});

test("a peer counts as gone once its connections have ended and nobody listens at its address", async () => {
  const [one, two] = await Promise.all([openEnd(1n), openEnd(2n)]);
  const gone: bigint[] = [];
  one.network.addPeer(2n, [two.url]);
  two.network.addPeer(1n, [one.url]);
  one.network.start({ ...recordingReceiver(one), onGone: (id) => void gone.push(id) });
  two.network.start(recordingReceiver(two));
  await until(() => one.openedStreams() === 2 && two.openedStreams() === 2);
  assert.deepEqual(gone, []);
  await two.network.close();
  await two.listener.close();
  await until(() => gone.length > 0);
  assert.equal(gone[0], 2n);
});

test("a member of another make is sent no snapshot: it would put it in the place of its store, and never start again", async () => {
  const [a, b] = await Promise.all([openEnd(1n), openEnd(2n)]);
  const taken: string[] = [];
  // A Go member answers probes without this project's header, and takes whatever it is sent.
  b.listener.serve({
    onStream: () => ({ refusal: { status: 404, headers: {}, body: new Uint8Array(0) } }),
    onRequest: async () => ({ status: 200, headers: {}, body: new TextEncoder().encode('{"OK":true}') }),
    onUpload: async ({ path }) => {
      taken.push(path);
      return { status: 204, headers: {}, body: new Uint8Array(0) };
    },
  });
  const outcomes: boolean[] = [];
  a.network.addPeer(2n, [b.url]);
  a.network.start({ ...recordingReceiver(a), onSnapshotSent: (_id, ok) => void outcomes.push(ok) });
  const message = { ...newMessage(MessageType.snap, 2n), from: 1n };
  a.network.sendSnapshot(message, (async function* () {})());
  await until(() => outcomes.length > 0);
  assert.deepEqual([outcomes, taken], [[false], []]);
});
