/** Whole members on fakes, several of them: what they must do together when one of them fails in a particular way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LeaseGrantRequest, PutRequest } from "@etcd-ts/proto";
import type { Member } from "./member.ts";
import type { Proposed } from "./member-parts.ts";
import { FakeCluster, type FakeMachine } from "./testing/fake-cluster.ts";
import { countOf, text } from "./testing/machine.ts";

function put(member: Member, key: string): Promise<void> {
  const request = PutRequest.encode(PutRequest.create({ key: text(key), value: text(key) }));
  return new Promise((resolve, reject) => {
    const done: Proposed<"put"> = (error) => (error === undefined ? resolve() : reject(error));
    member.propose("put", request, done);
  });
}

function others(cluster: FakeCluster, machine: FakeMachine): FakeMachine[] {
  return cluster.machines.filter((other) => other !== machine);
}

test("a leader whose disk is stuck gives leadership away, and the others go on writing", async () => {
  const cluster = await FakeCluster.start(3);
  await cluster.until(() => cluster.leader !== undefined);
  const stuck = cluster.leader!;
  stuck.isStuck = true;
  void put(stuck.member!, "makes it write").catch(() => {});
  const startedMs = cluster.clock.nowMs();
  await cluster.until(() => cluster.leader !== undefined && cluster.leader !== stuck);
  assert.ok(cluster.clock.nowMs() - startedMs < 1_500, "later than one and a half election timeouts");
  await cluster.finish(put(others(cluster, stuck)[0]!.member!, "b"));
});

test("a leader that stops hands over first, so that no election timeout has to pass", async () => {
  const cluster = await FakeCluster.start(3);
  await cluster.until(() => cluster.leader !== undefined);
  // Peers count as connected since the members started.
  const leader = cluster.leader!;
  const startedMs = cluster.clock.nowMs();
  await cluster.finish(leader.member!.stop());
  leader.member = undefined;
  await cluster.until(() => cluster.leader !== undefined);
  assert.ok(cluster.clock.nowMs() - startedMs < 500, "an election timeout passed");
});

test("a member that was down when it was removed learns so from the others and says that it has to end", async () => {
  const cluster = await FakeCluster.start(3);
  await cluster.until(() => cluster.leader !== undefined);
  const gone = others(cluster, cluster.leader!)[0]!;
  const { memberId } = gone.member!;
  await cluster.pass(6_000);
  await cluster.kill(gone);
  const outcome = await cluster.finish(cluster.leader!.member!.cluster.changes.remove(memberId));
  assert.ok(!(outcome instanceof Error), String(outcome));
  await cluster.run(gone);
  await cluster.until(() => gone.ends.length > 0);
  await cluster.pass(10_000);
  assert.deepEqual(gone.ends, ["removed"]);
});

test("a member that runs when it is removed ends by itself, after the others have heard of it", async () => {
  const cluster = await FakeCluster.start(3);
  await cluster.until(() => cluster.leader !== undefined);
  await cluster.pass(6_000);
  const leader = cluster.leader!;
  const outcome = await cluster.finish(leader.member!.cluster.changes.remove(leader.member!.memberId));
  assert.ok(!(outcome instanceof Error), String(outcome));
  await cluster.until(() => leader.ends.length > 0);
  assert.deepEqual(leader.ends, ["removed"]);
  await cluster.kill(leader);
  await cluster.until(() => cluster.leader !== undefined);
  await cluster.finish(put(cluster.leader!.member!, "a"));
});

test("a leader that is cut off revokes no lease that its holder renews at the new leader (etcd-io/etcd#15247)", async () => {
  const cluster = await FakeCluster.start(3);
  await cluster.until(() => cluster.leader !== undefined);
  const old = cluster.leader!;
  const grant = LeaseGrantRequest.encode(LeaseGrantRequest.create({ id: 7n, ttl: 4 }));
  await cluster.finish(new Promise<void>((resolve) => old.member!.propose("leaseGrant", grant, () => resolve())));
  const ids = cluster.machines.map(({ member }) => member!.memberId);
  const rest = others(cluster, old);
  cluster.network.partition([[old.member!.memberId], ids.filter((id) => id !== old.member!.memberId)]);
  await cluster.until(() => rest.some(({ member }) => member!.isLeader));
  const successor = rest.find(({ member }) => member!.isLeader)!;
  for (let second = 0; second < 20; second++) {
    assert.equal(await cluster.finish(successor.member!.cluster.leases.renew(7n)), 4);
    await cluster.pass(1_000);
  }
  cluster.network.heal();
  await cluster.until(() => old.member!.leaderId !== 0n && !old.member!.isLeader);
  assert.equal(await cluster.finish(successor.member!.cluster.leases.renew(7n)), 4);
  await cluster.pass(2_000);
  for (const { member } of cluster.machines) assert.ok(member!.lessor.exists(7n));
});

test("a snapshot reaches a member that was down, and what it serves is whole", async () => {
  const cluster = await FakeCluster.start(3, { snapshotCount: 20, snapshotCatchupEntries: 5 });
  await cluster.until(() => cluster.leader !== undefined);
  const late = others(cluster, cluster.leader!)[0]!;
  await cluster.kill(late);
  for (let i = 0; i < 100; i++) await cluster.finish(put(cluster.leader!.member!, `key ${i}`));
  await cluster.run(late);
  await cluster.until(() => countOf(late.member!) === 100);
  assert.equal(late.member!.store.currentRevision, cluster.leader!.member!.store.currentRevision);
});

for (const [how, options] of [
  ["by the log", {}],
  ["by a snapshot", { snapshotCount: 5, snapshotCatchupEntries: 1 }],
] as const) {
  test(`members that have applied the same give the same Hash of their whole stores, one that caught up ${how} too`, async () => {
    const cluster = await FakeCluster.start(3, options);
    await cluster.until(() => cluster.leader !== undefined);
    await cluster.pass(6_000);
    const down = others(cluster, cluster.leader!)[0]!;
    await cluster.kill(down);
    const writer = cluster.leader!.member!;
    for (let n = 0; n < 20; n++) await cluster.finish(put(writer, `key ${n % 7}`));
    const grant = LeaseGrantRequest.encode(LeaseGrantRequest.create({ id: 5n, ttl: 1_000 }));
    await cluster.finish(
      new Promise<void>((resolve) => {
        writer.propose("leaseGrant", grant, (() => resolve()) as Proposed<"leaseGrant">);
      }),
    );
    await cluster.run(down);
    const members = cluster.machines.map(({ member }) => member!);
    await cluster.until(() => new Set(members.map(({ appliedIndex }) => appliedIndex)).size === 1);
    const hashes = await cluster.finish(Promise.all(members.map(({ store }) => store.hash())));
    assert.equal(new Set(hashes).size, 1, hashes.join(" "));
  });
}

test("writes resume within two election timeouts after the leader falls silent, every time, without etcd's split votes", async () => {
  for (let round = 0; round < 12; round++) {
    const cluster = await FakeCluster.start(3);
    await cluster.pass(round * 37);
    await cluster.until(() => cluster.leader !== undefined);
    const silent = cluster.leader!;
    const { memberId } = silent.member!;
    const rest = others(cluster, silent);
    cluster.network.partition([[memberId], rest.map(({ member }) => member!.memberId)]);
    const startedMs = cluster.clock.nowMs();
    await cluster.until(() => rest.some(({ member }) => member!.isLeader));
    await cluster.finish(put(rest.find(({ member }) => member!.isLeader)!.member!, "resumed"));
    const tookMs = cluster.clock.nowMs() - startedMs;
    assert.ok(tookMs <= 2_000, `${tookMs} ms in round ${round}`);
  }
});

test("a leader hands over before it is removed, so that no election timeout has to pass, whoever is asked to remove it", async () => {
  for (const asked of ["the leader", "a follower"]) {
    const cluster = await FakeCluster.start(3);
    await cluster.until(() => cluster.leader !== undefined);
    await cluster.pass(6_000);
    const old = cluster.leader!;
    const { changes } = (asked === "the leader" ? old : others(cluster, old)[0]!).member!.cluster;
    const startedMs = cluster.clock.nowMs();
    const outcome = await cluster.finish(changes.remove(old.member!.memberId));
    assert.ok(!(outcome instanceof Error), String(outcome));
    assert.ok(
      others(cluster, old).some(({ member }) => member!.isLeader),
      `asked ${asked}`,
    );
    assert.ok(cluster.clock.nowMs() - startedMs < 500, `an election timeout passed, asked ${asked}`);
  }
});
