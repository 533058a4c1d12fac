import assert from "node:assert/strict";
import { test } from "node:test";
import { type PeerAnswer, type PeerRequest, silentLogger } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { ClusterFullError, joinByPeers } from "./join-by-peers.ts";

const self = { name: "n3", peerUrl: "http://c:1", clientUrl: "http://c:2" };

/** A cluster that takes in whoever asks, unless it refuses. */
class Cluster {
  members = [
    { id: "1", name: "n1", peerURLs: ["http://a:1"], clientURLs: ["http://a:2"] },
    { id: "2", name: "", peerURLs: ["http://b:1"], clientURLs: [] as string[] },
  ];
  readonly asked: string[] = [];
  readonly wishes: Record<string, string>[] = [];
  refusals = 0;
  refusal = answer(500, "no leader");

  readonly ask = async (url: string, { method, path, body }: PeerRequest): Promise<PeerAnswer> => {
    this.asked.push(`${method} ${url}${path}`);
    if (url === "http://nobody:1") throw new Error("connect ECONNREFUSED");
    if (url === "http://standby:1") return answer(404, "404 page not found\n");
    if (url === "http://other:1") return answer(200, "[]");
    if (path === "/members") return answer(200, JSON.stringify(this.members));
    if (url === "http://b:1") return { ...answer(307, ""), headers: { location: `http://a:1${path}` } };
    if (this.refusals-- > 0) return this.refusal;
    const wish = JSON.parse(new TextDecoder().decode(body)) as Record<string, string>;
    this.wishes.push(wish);
    this.members = this.members.filter(({ id }) => id !== wish["replaces"]);
    this.members.push({ id: "3", name: "", peerURLs: [wish["raftURL"] ?? ""], clientURLs: [] });
    return answer(200, "");
  };
}

function answer(status: number, text: string): PeerAnswer {
  return { status, headers: {}, body: new TextEncoder().encode(text) };
}

/** Lets the clock run until the promise is settled. */
async function settled<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let isOver = false;
  void promise.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  for (let turn = 0; !isOver && turn < 10_000; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(100);
  }
  return promise;
}

function join(cluster: Cluster, peers: readonly string[]): Promise<string> {
  const clock = new FakeClock();
  return settled(clock, joinByPeers({ client: cluster, clock, log: silentLogger }, peers, self));
}

test("joinByPeers() is taken in by the first peer that answers, and names everybody", async () => {
  const cluster = new Cluster();
  const text = await join(cluster, ["http://nobody:1", "http://a:1"]);
  assert.equal(text, "n1=http://a:1,2=http://b:1,n3=http://c:1");
});

test("joinByPeers() goes to the leader when a follower sends it there", async () => {
  const cluster = new Cluster();
  await join(cluster, ["http://b:1"]);
  assert.ok(cluster.asked.includes("POST http://a:1/join"));
});

test("joinByPeers() asks again until a leader is there", async () => {
  const cluster = new Cluster();
  cluster.refusals = 3;
  await join(cluster, ["http://a:1"]);
  assert.equal(cluster.asked.filter((line) => line.startsWith("POST")).length, 4);
});

test("joinByPeers() asks for nothing when its place is there already", async () => {
  const cluster = new Cluster();
  await join(cluster, ["http://a:1"]);
  const before = cluster.asked.length;
  await join(cluster, ["http://a:1"]);
  assert.deepEqual(cluster.asked.slice(before), ["GET http://a:1/members"]);
});

test("joinByPeers() asks for a new place when it has lost the disk with which it had served", async () => {
  const cluster = new Cluster();
  cluster.members.push({ id: "9", name: "n3", peerURLs: ["http://c:1"], clientURLs: ["http://c:2"] });
  await join(cluster, ["http://a:1"]);
  assert.deepEqual(cluster.wishes, [{ name: "n3", raftURL: "http://c:1", etcdURL: "http://c:2", replaces: "9" }]);
});

test("joinByPeers() tells at once that the cluster is full, and where it is", async () => {
  const cluster = new Cluster();
  cluster.refusals = 1;
  cluster.refusal = answer(
    400,
    '{"errorCode":103,"message":"Reached the max number of peers in the cluster","index":7}',
  );
  const error = await join(cluster, ["http://a:1"]).catch((reason: Error) => reason);
  assert.ok(error instanceof ClusterFullError);
  assert.deepEqual(error.peerUrls, ["http://a:1", "http://b:1"]);
});

const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
  [
    "nobody answers",
    ["http://nobody:1"],
    /^cannot join the cluster through http:\/\/nobody:1: http:\/\/nobody:1: connect ECONNREFUSED$/,
  ],
  ["the peers are only itself", ["http://c:1"], /^cannot join the cluster through http:\/\/c:1: that is this machine$/],
  ["the peer stands by", ["http://standby:1"], /http:\/\/standby:1 is no peer address of a cluster, or that machine/],
  ["the peer is something else", ["http://other:1"], /http:\/\/other:1 is no peer address of a cluster$/],
];

for (const [when, peers, line] of refused) {
  test(`joinByPeers() gives up with one line when ${when}`, async () => {
    await assert.rejects(join(new Cluster(), peers), { message: line });
  });
}

test("joinByPeers() does not take the name of another machine", async () => {
  const cluster = new Cluster();
  cluster.members.push({ id: "9", name: "n3", peerURLs: ["http://d:1"], clientURLs: ["http://d:2"] });
  const line = "the cluster has a machine n3 at http://d:1: remove that one first, or choose another name";
  await assert.rejects(join(cluster, ["http://a:1"]), { message: line });
  assert.deepEqual(cluster.wishes, []);
});

test("joinByPeers() does not take the address of another machine", async () => {
  const cluster = new Cluster();
  cluster.members.push({ id: "9", name: "n9", peerURLs: ["http://c:1"], clientURLs: ["http://c:2"] });
  const line = "n3 is not allowed to join the cluster with http://c:1, the address of n9";
  await assert.rejects(join(cluster, ["http://a:1"]), { message: line });
  assert.deepEqual(cluster.wishes, []);
});
