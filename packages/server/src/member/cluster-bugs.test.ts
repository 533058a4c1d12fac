/** What went wrong in clusters of etcd, each told once more to members on fakes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AlarmRequest,
  AlarmType,
  CompactionRequest,
  LeaseGrantRequest,
  PutRequest,
  WatchResponse,
} from "@etcd-ts/proto";
import type { RequestField } from "../machine/index.ts";
import type { Member } from "./member.ts";
import { FakeCluster, type FakeMachine } from "./testing/fake-cluster.ts";
import { text } from "./testing/machine.ts";

/** Proposes a request; resolves with the text of its refusal, or empty. */
function propose(member: Member, field: Parameters<Member["propose"]>[0], raw: Uint8Array): Promise<string> {
  return new Promise((resolve) => member.propose(field, raw, (error) => resolve(error?.message ?? "")));
}

const putOf = (key: string, lease = 0n) =>
  PutRequest.encode(PutRequest.create({ key: text(key), value: text(key), lease }));

async function write(cluster: FakeCluster, member: Member, keys: readonly string[]): Promise<void> {
  for (const key of keys) assert.equal(await cluster.finish(propose(member, "put", putOf(key))), "");
}

const numbered = (from: number, count: number) => Array.from({ length: count }, (_, i) => `key ${from + i}`);

function others(cluster: FakeCluster, machine: FakeMachine): FakeMachine[] {
  return cluster.machines.filter((other) => other !== machine);
}

async function started(count: number, options = {}): Promise<{ cluster: FakeCluster; leader: FakeMachine }> {
  const cluster = await FakeCluster.start(count, options);
  await cluster.until(() => cluster.leader !== undefined);
  return { cluster, leader: cluster.leader! };
}

/** Revisions of the events that a watch of every key is sent. */
function watchAll({ watchHub }: Member): number[] {
  const revisions: number[] = [];
  const stream = watchHub.openStream({
    send: (message) => {
      for (const { kv } of WatchResponse.decode(message).events) revisions.push(kv!.modRevision);
      return true;
    },
  });
  stream.create({
    ...{ key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0), startRevision: 0, watchId: 0 },
    ...{ progressNotify: false, filters: [], prevKv: false, fragment: false },
  });
  return revisions;
}

test("a watch does not go back in time when its member comes out of a partition by a snapshot (etcd-io/etcd#15271)", async () => {
  const { cluster, leader } = await started(3, { snapshotCount: 10, snapshotCatchupEntries: 2 });
  const late = others(cluster, leader)[0]!;
  const first = late.member!.store.currentRevision + 1;
  const seen = watchAll(late.member!);
  await write(cluster, leader.member!, numbered(0, 5));
  await cluster.until(() => seen.length === 5);
  const rest = cluster.machines.filter((one) => one !== late).map(({ member }) => member!.memberId);
  for (let round = 1; round <= 3; round++) {
    cluster.network.partition([[late.member!.memberId], rest]);
    await write(cluster, leader.member!, numbered(round * 100, 40));
    cluster.network.heal();
    await cluster.until(() => late.member!.store.currentRevision === leader.member!.store.currentRevision);
  }
  await cluster.until(() => seen.length >= 125);
  await cluster.pass(1_000);
  assert.deepEqual(
    seen,
    Array.from({ length: 125 }, (_, i) => first + i),
  );
});

test("a second snapshot that comes before the first one is done takes no member down (etcd-io/etcd#18055)", async () => {
  const { cluster, leader } = await started(3, { snapshotCount: 10, snapshotCatchupEntries: 1 });
  const late = others(cluster, leader)[0]!;
  await cluster.kill(late);
  await write(cluster, leader.member!, numbered(0, 40));
  await cluster.run(late);
  // The leader snapshots and forgets its log again and again while the first snapshot is on its way.
  let written = 40;
  for (let round = 0; round < 10; round++) {
    await write(cluster, leader.member!, numbered(written, 12));
    written += 12;
  }
  await cluster.until(() => late.member!.store.currentRevision === leader.member!.store.currentRevision);
  assert.deepEqual(late.ends, []);
  assert.equal(await cluster.finish(late.member!.store.hash()), await cluster.finish(leader.member!.store.hash()));
});

/** Asks for a linearizable read; the revision it may be answered with, or the text of its refusal. */
function read(member: Member): Promise<number | string> {
  return new Promise((resolve) =>
    member.linearizableRead((error) => resolve(error?.message ?? member.store.currentRevision)),
  );
}

/** Stops a leader's process, with all connections lost, until another member leads. */
async function stopAndReplace(cluster: FakeCluster, leader: FakeMachine) {
  const rest = others(cluster, leader);
  leader.clock.pause();
  cluster.network.partition([[leader.member!.memberId], rest.map(({ member }) => member!.memberId)]);
  await cluster.until(() => rest.some(({ member }) => member!.isLeader));
  const successor = rest.find(({ member }) => member!.isLeader)!;
  return { successor, follower: rest.find((one) => one !== successor)! };
}

test("a leader that was stopped, and replaced meanwhile, answers no read with what was true before (etcd-io/etcd#20418)", async () => {
  const { cluster, leader } = await started(3);
  await write(cluster, leader.member!, ["before"]);
  const { successor } = await stopAndReplace(cluster, leader);
  await write(cluster, successor.member!, ["after"]);
  const least = successor.member!.store.currentRevision;
  assert.ok(leader.member!.isLeader, "it has noticed nothing yet");
  const answer = read(leader.member!);
  leader.clock.resume();
  await cluster.pass(10);
  cluster.network.heal();
  const told = await cluster.finish(answer);
  assert.ok(typeof told === "string" || told >= least, `told revision ${told}, written was ${least}`);
});

test("a read that was on its way to a leader when another was elected is not answered by the old one (etcd-io/etcd#21378)", async () => {
  const { cluster, leader } = await started(3);
  const { successor, follower } = await stopAndReplace(cluster, leader);
  const answers: (readonly [number, Promise<number | string>])[] = [];
  for (let round = 0; round < 5; round++) {
    await write(cluster, successor.member!, [`key ${round}`]);
    for (const { member } of [leader, follower, successor])
      answers.push([successor.member!.store.currentRevision, read(member!)]);
    if (round === 1) leader.clock.resume();
    await cluster.pass(1);
    if (round === 2) cluster.network.heal();
  }
  for (const [least, answer] of answers) {
    const told = await cluster.finish(answer);
    assert.ok(typeof told === "string" || told >= least, `told revision ${told}, written was ${least}`);
  }
});

test("a learner whose addresses change stays a learner, in every member's eyes and for good (etcd-io/etcd#21694, #21736)", async () => {
  const { cluster, leader } = await started(3, { snapshotCount: 10, snapshotCatchupEntries: 2 });
  await cluster.pass(6_000);
  const { changes } = leader.member!.cluster;
  const machine = cluster.add("m4");
  const added = await cluster.finish(changes.add({ peerUrls: [machine.url], isLearner: true }));
  assert.ok(!(added instanceof Error), String(added));
  const { id } = added.member;
  const updated = await cluster.finish(changes.update(id, [machine.url, "http://m4-too:2380"]));
  assert.ok(!(updated instanceof Error), String(updated));
  await write(cluster, leader.member!, numbered(0, 30));
  const again = others(cluster, leader)[0]!;
  await cluster.kill(again);
  await cluster.run(again);
  await cluster.until(() => again.member!.store.currentRevision === leader.member!.store.currentRevision);
  for (const { member } of cluster.machines.slice(0, 3)) {
    const known = member!.membership.member(id);
    assert.deepEqual([known?.isLearner, known?.peerUrls.length], [true, 2]);
  }
  const promoted = await cluster.finish(changes.promote(id));
  assert.match(String(promoted), /in sync with leader/, "it is a learner still, so only not ready");
});

/** Ends a member in order, with everything in its store, or by a power cut: it applies a part of its log again then. */
async function restart(cluster: FakeCluster, machine: FakeMachine, inOrder: boolean): Promise<void> {
  const { member } = machine;
  await cluster.until(() => member!.appliedIndex === cluster.leader!.member!.appliedIndex);
  if (inOrder) await cluster.finish(member!.stop());
  cluster.cutPower(machine, "none");
  await cluster.run(machine);
}

test("what is refused when it is applied is refused by all, live, from the log and after a snapshot (etcd-io/etcd#14571)", async () => {
  const { cluster, leader } = await started(3, { snapshotCount: 25, snapshotCatchupEntries: 5 });
  const { member } = leader;
  const [first, second] = others(cluster, leader);
  await cluster.kill(second!);
  const alarm = (action: 1 | 2) =>
    AlarmRequest.encode(AlarmRequest.create({ action, memberId: member!.memberId, alarm: AlarmType.NOSPACE }));
  const steps: readonly (readonly [RequestField, Uint8Array, RegExp])[] = [
    ["put", putOf("a"), /^$/],
    ["put", putOf("a", 99n), /requested lease not found/],
    ["leaseGrant", LeaseGrantRequest.encode(LeaseGrantRequest.create({ id: 7n, ttl: 60 })), /^$/],
    ["leaseGrant", LeaseGrantRequest.encode(LeaseGrantRequest.create({ id: 7n, ttl: 60 })), /lease already exists/],
    ["compaction", CompactionRequest.encode(CompactionRequest.create({ revision: 1_000 })), /future revision/],
    ["alarm", alarm(1), /^$/],
    ["put", putOf("b"), /database space exceeded/],
    ["alarm", alarm(2), /^$/],
    ["put", putOf("b", 7n), /^$/],
  ];
  for (let round = 0; round < 6; round++) {
    for (const [field, raw, refusal] of steps) {
      const told = await cluster.finish(propose(member!, field, raw));
      if (field !== "leaseGrant" || round === 0) assert.match(told, refusal);
      // It goes on with an alarm that it knows from its store alone.
      if (field === "alarm") await restart(cluster, first!, round % 2 === 0);
    }
  }
  await cluster.run(second!);
  const same = ({ member: one }: FakeMachine) => one!.store.currentRevision === member!.store.currentRevision;
  await cluster.until(() => cluster.machines.every(same));
  const hashes = await Promise.all(cluster.machines.map((machine) => cluster.finish(machine.member!.store.hash())));
  assert.equal(new Set(hashes).size, 1, String(hashes));
});
