import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ClusterMember, eventually, ProcessCluster } from "../harness/index.ts";

/** Election timeout and the leader's interval between looks at the clock; beyond it a busy machine may take its time. */
const latestMs = 1_000 + 500;
const slackMs = 2_000;

interface V2Node {
  readonly key: string;
  readonly value?: string;
  readonly createdIndex: number;
  readonly modifiedIndex: number;
  readonly expiration?: string;
}

interface V2Answer {
  readonly errorCode?: number;
  readonly action?: string;
  readonly node?: V2Node;
}

let cluster: ProcessCluster;

before(async () => {
  cluster = await ProcessCluster.start(3);
});
after(() => cluster.stop());

async function ask(member: ClusterMember, path: string, form?: Record<string, string>): Promise<V2Answer> {
  const url = `http://127.0.0.1:${member.ports[0]}/v2/keys${path}`;
  const write = { method: "PUT", body: new URLSearchParams(form) };
  const response = await fetch(url, { ...(form === undefined ? {} : write), signal: AbortSignal.timeout(10_000) });
  return (await response.json()) as V2Answer;
}

/** Everything a member's tree shows, as text, with the index it has reached. */
async function treeOf(member: ClusterMember): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${member.ports[0]}/v2/keys/?recursive=true&sorted=true`);
  return `${response.headers.get("x-etcd-index")} ${await response.text()}`;
}

async function agree(): Promise<string> {
  return eventually("all trees are equal", async () => {
    const [first, ...others] = await Promise.all(cluster.members.map(treeOf));
    return others.every((tree) => tree === first) ? first : undefined;
  });
}

function withoutIndex(tree: string): string {
  return tree.slice(tree.indexOf(" "));
}

test("what is written on any member has the same index on all, and is read there with quorum=true", async () => {
  for (const writer of cluster.members) {
    const { node } = await ask(writer, `/from/${writer.name}`, { value: "x" });
    for (const reader of cluster.members) {
      const read = await ask(reader, `/from/${writer.name}?quorum=true`);
      assert.deepEqual(read.node, node);
    }
  }
  await agree();
});

test("a watch on one member sees what is written on another", async () => {
  const [first, second] = cluster.members as [ClusterMember, ClusterMember];
  const { node } = await ask(first, "/watched", { value: "1" });
  await agree();
  const seen = ask(second, `/watched?wait=true&waitIndex=${node!.modifiedIndex + 1}`);
  await ask(first, "/watched", { value: "2" });
  assert.equal((await seen).node?.value, "2");
});

test("of many who compare and swap on all members at once, exactly one wins each round", async () => {
  for (let round = 0; round < 5; round++) {
    await ask(cluster.members[0]!, "/swap", { value: "free" });
    await agree();
    const tries = Array.from({ length: 9 }, (_, at) =>
      ask(cluster.members[at % 3]!, "/swap", { value: String(at), prevValue: "free" }),
    );
    const outcomes = await Promise.all(tries);
    assert.equal(outcomes.filter(({ action }) => action === "compareAndSwap").length, 1);
    assert.equal(outcomes.filter(({ errorCode }) => errorCode === 101).length, 8);
  }
});

test("a time to live ends when it should, though the leader was killed meanwhile", async () => {
  const leader = await cluster.leader();
  const other = cluster.members.find((member) => member !== leader)!;
  const { node } = await ask(other, "/lock", { value: "held", ttl: "6" });
  const endMs = Date.parse(node!.expiration!);
  await leader.process!.kill("SIGKILL");
  await eventually("the node expires", async () => {
    const { errorCode } = await ask(other, "/lock");
    if (errorCode === 100) return true;
    assert.ok(Date.now() < endMs + latestMs + slackMs, "still held");
    return undefined;
  });
  assert.ok(Date.now() >= endMs, `${endMs - Date.now()} ms early`);
  await cluster.run(leader);
  await agree();
});

test("the tree survives when every member is killed", async () => {
  const held = await agree();
  for (const { process } of cluster.members) await process!.kill("SIGKILL");
  await Promise.all(cluster.members.map((member) => cluster.run(member)));
  // Every start moves the index, because members write down anew where they are reached.
  assert.equal(withoutIndex(await agree()), withoutIndex(held));
  assert.equal((await ask(cluster.members[1]!, "/after", { value: "x" })).action, "set");
});
