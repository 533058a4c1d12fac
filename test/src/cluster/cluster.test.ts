import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { type ClusterMember, eventually, ProcessCluster } from "../harness/index.ts";

const hasEtcdctl = spawnSync("etcdctl", ["version"]).status === 0;
let cluster: ProcessCluster;

before(async () => {
  cluster = await ProcessCluster.start(3);
});
after(() => cluster.stop());

async function put(member: ClusterMember, key: string, value: string): Promise<void> {
  await member.client.call("KV.Put", { key: Buffer.from(key), value: Buffer.from(value) }, 5_000);
}

async function get(member: ClusterMember, key: string): Promise<string | undefined> {
  const { kvs } = await member.client.call("KV.Range", { key: Buffer.from(key) }, 5_000);
  return kvs[0]?.value.toString();
}

test("what is put on any member is read on all", async () => {
  for (const [i, writer] of cluster.members.entries()) {
    await put(writer, `from-${writer.name}`, `${i}`);
    for (const reader of cluster.members) assert.equal(await get(reader, `from-${writer.name}`), `${i}`);
  }
});

test("a lease is renewed and asked for on any member", async () => {
  const [first] = cluster.members;
  const { ID } = await first!.client.call("Lease.LeaseGrant", { TTL: 60 });
  for (const { client } of cluster.members) {
    const { TTL } = await client.call("Lease.LeaseTimeToLive", { ID });
    assert.ok(Number(TTL) >= 58, `remaining ${TTL}`);
  }
});

test("writes go on after the leader was killed, and it catches up when it is back", async () => {
  const leader = await cluster.leader();
  await put(leader, "before", "1");
  await leader.process!.kill("SIGKILL");
  const other = cluster.members.find((member) => member !== leader)!;
  await eventually("a write succeeds without the old leader", async () => {
    await other.client.call("KV.Put", { key: Buffer.from("after"), value: Buffer.from("2") }, 1_000);
    return true;
  });
  await cluster.run(leader);
  assert.equal(await get(leader, "before"), "1");
  assert.equal(await get(leader, "after"), "2");
  await cluster.agree();
});

test("a rolling restart under load loses no acknowledged write", async () => {
  const acknowledged: string[] = [];
  let restarting = true;
  const load = (async () => {
    for (let i = 0; restarting; i++) {
      const member = cluster.members[i % cluster.members.length]!;
      try {
        await member.client.call("KV.Put", { key: Buffer.from(`load-${i}`), value: Buffer.from("x") }, 2_000);
        acknowledged.push(`load-${i}`);
      } catch {
        // A write without an answer may or may not be there: it promises nothing.
      }
    }
  })();
  for (const member of cluster.members) {
    assert.equal((await member.process!.kill("SIGTERM")).code, 0);
    await cluster.run(member);
  }
  restarting = false;
  await load;
  assert.ok(acknowledged.length > 0, "some writes were acknowledged");
  for (const key of acknowledged) assert.equal(await get(cluster.members[0]!, key), "x", key);
  await cluster.agree();
});

test("etcdctl 3.4 grows and shrinks the cluster", {
  skip: hasEtcdctl ? false : "etcdctl is not installed",
}, async () => {
  const endpoints = cluster.endpoints;
  const etcdctl = (...args: string[]) => {
    const run = spawnSync("etcdctl", ["--endpoints", endpoints, ...args], {
      env: { ...process.env, ETCDCTL_API: "3" },
    });
    return { ok: run.status === 0, text: `${run.stdout}${run.stderr}` };
  };
  const learner = await cluster.plan("m4");
  const added = etcdctl("member", "add", "m4", "--learner", "--peer-urls", learner.peerUrl);
  // Refused until the peers have been connected for five seconds.
  if (!added.ok) {
    await eventually("the learner is added", async () => {
      return etcdctl("member", "add", "m4", "--learner", "--peer-urls", learner.peerUrl).ok ? true : undefined;
    });
  }
  const process4 = await cluster.spawn(learner, "existing");
  const id = await eventually(
    "the learner has started",
    async () => /^([0-9a-f]+), started, m4,.*true$/m.exec(etcdctl("member", "list").text)?.[1],
  );
  await eventually("the learner is promoted", async () => (etcdctl("member", "promote", id).ok ? true : undefined));
  assert.match(etcdctl("member", "list").text, new RegExp(`^${id}, started, m4,.*false$`, "m"));
  await process4.waitUntilHealthy(30_000);
  assert.equal(await get(learner, "after"), "2");
  const updated = etcdctl("member", "update", id, "--peer-urls", learner.peerUrl.replace("127.0.0.1", "localhost"));
  assert.ok(updated.ok, updated.text);
  await eventually("the member is removed", async () => (etcdctl("member", "remove", id).ok ? true : undefined));
  assert.equal((await process4.exited).code, 0, "a removed member stops by itself");
  assert.equal(etcdctl("member", "list").text.trim().split("\n").length, 3);
});
