import assert from "node:assert/strict";
import { test } from "node:test";
import { type PeerAnswer, type PeerRequest, silentLogger } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { joinByPeers } from "./join-by-peers.ts";

const self = { name: "n3", peerUrl: "http://c:1", clientUrl: "http://c:2" };

/** A cluster that takes in whoever asks, unless it refuses. */
class Cluster {
  readonly members = [
    { id: "1", name: "n1", peerURLs: ["http://a:1"], clientURLs: ["http://a:2"] },
    { id: "2", name: "", peerURLs: ["http://b:1"], clientURLs: [] as string[] },
  ];
  readonly asked: string[] = [];
  refusals = 0;

  readonly ask = async (url: string, { method, path, body }: PeerRequest): Promise<PeerAnswer> => {
    this.asked.push(`${method} ${url}${path}`);
    if (url === "http://nobody:1") throw new Error("refused");
    if (path === "/members") return answer(200, JSON.stringify(this.members));
    if (this.refusals-- > 0) return answer(500, "no leader");
    const { raftURL } = JSON.parse(new TextDecoder().decode(body)) as { raftURL: string };
    this.members.push({ id: "3", name: "", peerURLs: [raftURL], clientURLs: [] });
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

test("joinByPeers() gives up when nobody answers", async () => {
  await assert.rejects(join(new Cluster(), ["http://nobody:1"]), /cannot join the cluster through http:\/\/nobody:1/);
});
