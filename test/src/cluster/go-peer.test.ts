/**
 * One of our members among members of the real etcd 3.4: what crosses the peer protocol in both directions, and what cannot.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { type ClusterMember, eventually, ProcessCluster } from "../harness/index.ts";

const hasEtcd = spawnSync("etcd", ["--version"]).status === 0;
const options = { skip: hasEtcd ? false : "etcd is not installed" };
const go = { binary: "etcd" };
/** Ours cuts its log early, so that a member that was away needs a snapshot; etcd 3.4 always keeps 5,000 entries. */
const ours = { flags: ["--snapshot-count", "20", "--snapshot-catchup-entries", "5", "--log-level", "warn"] };
const cluster = new ProcessCluster();

before(async () => {
  if (!hasEtcd) return;
  for (const name of ["go1", "go2", "ts1"]) await cluster.plan(name);
  await Promise.all(cluster.members.map((member) => cluster.run(member, "new", startOf(member))));
});
after(() => cluster.stop());

function startOf({ name }: ClusterMember) {
  return name.startsWith("go") ? go : ours;
}

function named(name: string): ClusterMember {
  return cluster.members.find((member) => member.name === name)!;
}

async function put({ client }: ClusterMember, key: string): Promise<void> {
  await client.call("KV.Put", { key: Buffer.from(key), value: Buffer.from("x") }, 5_000);
}

async function countOf({ client }: ClusterMember, more: object = {}): Promise<number> {
  const { count } = await client.call(
    "KV.Range",
    { key: Buffer.from([0]), rangeEnd: Buffer.from([0]), ...more },
    5_000,
  );
  return Number(count);
}

async function idOf({ client }: ClusterMember): Promise<string> {
  const { header } = await client.call("Maintenance.Status", {}, 5_000);
  return header.memberId;
}

async function lead(member: ClusterMember): Promise<void> {
  await eventually(`${member.name} leads`, async () => {
    const leader = await cluster.leader();
    if (leader === member) return true;
    await leader.client.call("Maintenance.MoveLeader", { targetID: await idOf(member) }, 5_000);
    return undefined;
  });
}

/** All members, of either make, hold the same keys with the same revisions. */
async function agree(members: readonly ClusterMember[]): Promise<void> {
  await eventually("all members hold the same", async () => {
    const hashes = await Promise.all(members.map(({ client }) => client.call("Maintenance.HashKV", {}, 2_000)));
    const [first] = hashes;
    const isEqual = hashes.every(
      ({ hash, header }) => hash === first.hash && header.revision === first.header.revision,
    );
    return isEqual ? true : undefined;
  });
}

test("a cluster founded with members of etcd 3.4 keeps them alive, and agrees on their version", options, async () => {
  for (const member of cluster.members) {
    await put(member, `from ${member.name}`);
    const { members } = await member.client.call("Cluster.MemberList", {}, 5_000);
    const started = members.map(({ name }: { name: string }) => name);
    assert.deepEqual(started.sort(), ["go1", "go2", "ts1"]);
    await eventually("the version is that of the oldest", async () => {
      const version = await fetch(`http://127.0.0.1:${member.ports[0]}/version`);
      return ((await version.json()) as { etcdcluster: string }).etcdcluster === "3.4.0" ? true : undefined;
    });
  }
  await agree(cluster.members);
});

test("whoever leads, every member takes writes, leases and transactions, and all stay the same", options, async () => {
  for (const leader of [...cluster.members, ...cluster.members]) {
    await lead(leader);
    for (const member of cluster.members) {
      await put(member, `led by ${leader.name}`);
      const { ID } = await member.client.call("Lease.LeaseGrant", { TTL: 60 }, 5_000);
      await member.client.call("KV.Put", { key: Buffer.from("leased"), lease: ID }, 5_000);
      for (const { client } of cluster.members) {
        const { TTL, keys } = await client.call("Lease.LeaseTimeToLive", { ID, keys: true }, 5_000);
        assert.deepEqual([Number(TTL) >= 50, keys.length], [true, 1]);
      }
      await member.client.call("Lease.LeaseRevoke", { ID }, 5_000);
      const { header } = await member.client.call("KV.DeleteRange", { key: Buffer.from("none") }, 5_000);
      await member.client.call("KV.Compact", { revision: header.revision }, 5_000);
    }
    await agree(cluster.members);
  }
});

test("a leader of either make that is killed is replaced, and catches up from the other's log", options, async () => {
  for (const name of ["ts1", "go1"]) {
    const victim = named(name);
    await lead(victim);
    await victim.process!.kill("SIGKILL");
    const rest = cluster.members.filter((member) => member !== victim);
    await eventually("writes go on", async () => put(rest[0]!, `without ${name}`).then(() => true));
    await cluster.run(victim, "new", startOf(victim));
    await agree(cluster.members);
  }
});

test(
  "a member of ours joins a cluster that members of etcd 3.4 lead, as a learner that they promote",
  options,
  async () => {
    await lead(named("go1"));
    const next = await cluster.plan("ts2");
    const { member } = await eventually("it is added", () =>
      named("go2").client.call("Cluster.MemberAdd", { peerURLs: [next.peerUrl], isLearner: true }, 5_000),
    );
    await cluster.run(next, "existing", ours);
    await eventually("it is promoted", async () => {
      await named("ts1").client.call("Cluster.MemberPromote", { ID: member.ID }, 5_000);
      return true;
    });
    await lead(next);
    await put(next, "from the newcomer");
    await agree(cluster.members);
  },
);

test(
  "our leader sends a member of etcd 3.4 no snapshot, which would ruin it: it waits for a leader of its make",
  options,
  async () => {
    const [late, leader] = [named("go2"), named("ts1")];
    await lead(leader);
    await late.process!.kill("SIGKILL");
    for (let i = 0; i < 100; i++) await put(leader, `key ${i}`);
    const process = await cluster.spawn(late, "new", go);
    await eventually("our leader says why", async () =>
      leader.process!.output.includes("the peer is of another make") ? true : undefined,
    );
    assert.ok(process.alive, process.output);
    await lead(named("go1"));
    await process.waitUntilHealthy(30_000);
    await agree(cluster.members);
  },
);

test("our member refuses a snapshot of etcd 3.4 with a clear line, and serves on what it has", options, async () => {
  const [late, leader] = [named("ts2"), named("go1")];
  await lead(leader);
  const before = await countOf(late);
  await late.process!.kill("SIGKILL");
  const rest = [leader, named("ts1"), named("go2")];
  const keys = Array.from({ length: 200 }, (_, i) => `many ${i}`);
  // More entries than etcd 3.4 keeps behind a snapshot, of which it makes one every 10,000 unless it is told otherwise.
  await leader.process!.kill("SIGTERM");
  await cluster.run(leader, "new", { ...go, flags: ["--snapshot-count", "100"] });
  await lead(leader);
  for (let round = 0; round < 27; round++) await Promise.all(keys.map((key) => put(leader, `${key} ${round % 2}`)));
  const process = await cluster.spawn(late, "new", ours);
  await eventually("it says why", async () =>
    process.output.includes("cannot install a snapshot of the sender's make") ? true : undefined,
  );
  assert.ok(process.alive, process.output);
  assert.ok((await countOf(leader)) > before);
  await agree(rest);
  // A leader of its own make can send it one.
  await lead(named("ts1"));
  await process.waitUntilHealthy(30_000);
  await agree(cluster.members);
});
