import assert from "node:assert/strict";
import { test } from "node:test";
import { Request } from "@etcd-ts/proto";
import { silentLogger } from "../ports/index.ts";
import { RecordedMetrics } from "../testing/index.ts";
import { nanosOf, type V2Result } from "../v2/index.ts";
import { SnapshotFiles } from "../wal/index.ts";
import type { Member } from "./member.ts";
import { FakeCluster } from "./testing/fake-cluster.ts";
import { Machine } from "./testing/machine.ts";

const electionMs = 1_000;

interface Write {
  readonly path: string;
  readonly val?: string;
  readonly expiration?: bigint;
  readonly method?: string;
}

function write(machine: Machine, member: Member, { path, ...rest }: Write): Promise<V2Result | undefined> {
  const request = Request.create({ method: "PUT", ...rest, path: `/1${path}` });
  return machine.done((done) => member.proposeV2(request, done));
}

function read({ v2 }: Member, path: string): V2Result {
  return v2.read({ path: `/1${path}`, recursive: true, sorted: true, nowMs: 0 });
}

/** The keys of clients and the history, as a snapshot has them; counts are each member's own and no part of it. */
function stateOf({ v2 }: Member): unknown {
  const { Stats: _, ...state } = JSON.parse(new TextDecoder().decode(v2.encodeSnapshot())) as Record<string, unknown>;
  return state;
}

test("nodes, indexes and history are the same after the process was killed", async () => {
  const machine = new Machine();
  const member = await machine.start();
  for (let at = 0; at < 5; at++) await write(machine, member, { path: `/a/${at}`, val: "early" });
  for (let turn = 0; turn < 100; turn++) await machine.pass(10);
  await write(machine, member, { path: "/a/1", method: "DELETE" });
  await write(machine, member, { path: "/q", val: "in order", method: "POST" });
  await write(machine, member, { path: "/a/2", val: "late" });
  const before = stateOf(member);
  machine.disk = machine.disk.killProcess();
  const again = await machine.start();
  assert.deepEqual(stateOf(again), before);
  await again.stop();
  const stopped = await machine.start();
  assert.deepEqual(stateOf(stopped), before);
});

test("a power cut at any write of the disk loses no acknowledged write", async () => {
  let cuts = 0;
  for (let operation = 1; ; operation++) {
    const machine = new Machine();
    const member = await machine.start();
    machine.disk.cutPowerAt(operation);
    let acknowledged = 0;
    const all = (async () => {
      for (let at = 1; at <= 8; at++) {
        await write(machine, member, { path: "/counter", val: String(at) });
        acknowledged = at;
        if (at % 3 === 0) for (let turn = 0; turn < 60; turn++) await machine.pass(10);
      }
      return "done";
    })().catch(() => "refused");
    if ((await Promise.race([all, machine.disk.whenOff.then(() => "off")])) === "done") break;
    cuts++;
    machine.disk = machine.disk.cutPower();
    const again = await machine.start();
    const found = Number(read(again, "/counter").event?.node.value ?? 0);
    assert.ok(found >= acknowledged && found <= acknowledged + 1, `cut ${operation}: ${found} of ${acknowledged}`);
    await write(machine, again, { path: "/after", val: "x" });
    await again.stop();
  }
  assert.ok(cuts >= 4, `${cuts} cuts`);
});

test("a restart neither stretches nor shrinks a time to live by more than an election timeout", async () => {
  const machine = new Machine();
  const member = await machine.start();
  const endMs = machine.clock.wallMs() + 4_000;
  await write(machine, member, { path: "/lock", val: "held", expiration: nanosOf(endMs) });
  for (let turn = 0; turn < 100; turn++) await machine.pass(10);
  await member.stop();
  machine.clock.advance(1_000);
  const again = await machine.start();
  while (machine.clock.wallMs() < endMs - 20) {
    await machine.pass(10);
    assert.equal(read(again, "/lock").event?.node.value, "held");
  }
  await machine.until(() => read(again, "/lock").failure !== undefined);
  assert.ok(machine.clock.wallMs() - endMs <= electionMs, `${machine.clock.wallMs() - endMs} ms late`);
});

test("a member without times to live keeps its log quiet", async () => {
  const machine = new Machine();
  const member = await machine.start();
  await write(machine, member, { path: "/plain", val: "x" });
  const { commit } = member.raftStatus();
  for (let turn = 0; turn < 300; turn++) await machine.pass(10);
  assert.equal(member.raftStatus().commit, commit);
});

interface TreeInFile {
  readonly snapshotIndex: number;
  readonly treeIndex: number;
  readonly nodes: string;
}

async function newestFile(machine: Pick<Machine, "disk" | "clock" | "log">, dir: string): Promise<TreeInFile> {
  const files = new SnapshotFiles({ ...machine, metrics: new RecordedMetrics() }, { dir });
  const snapshot = await files.loadNewest();
  assert.ok(snapshot !== undefined);
  const tree = JSON.parse(new TextDecoder().decode(await files.readData(snapshot))) as Record<string, unknown>;
  const { Root: root, CurrentIndex: treeIndex } = tree;
  return { snapshotIndex: snapshot.metadata.index, treeIndex: treeIndex as number, nodes: JSON.stringify(root) };
}

test("a snapshot file holds the tree as of its own index, for the tools that look for it there", async () => {
  const machine = new Machine();
  const member = await machine.start({ snapshotCount: 5, snapshotCatchupEntries: 1 });
  const raftAhead = member.appliedIndex - member.v2.index;
  for (let at = 0; at < 23; at++) await write(machine, member, { path: `/a/${at}`, val: "x" });
  await member.stop();
  const { snapshotIndex, treeIndex, nodes } = await newestFile(machine, "m1.etcd/member/snap");
  assert.ok(snapshotIndex >= 20, `snapshot at ${snapshotIndex}`);
  assert.equal(snapshotIndex - treeIndex, raftAhead);
  assert.match(nodes, /"\/1\/a\/15"/);
});

test("a member that got its state from another has the tree in its snapshot file too", async () => {
  const cluster = await FakeCluster.start(3, { snapshotCount: 10, snapshotCatchupEntries: 2 });
  await cluster.until(() => cluster.leader !== undefined);
  const behind = cluster.machines.find((one) => one !== cluster.leader)!;
  await cluster.kill(behind);
  const { member } = cluster.leader!;
  for (let at = 0; at < 25; at++) {
    const request = Request.create({ method: "PUT", path: `/1/b/${at}`, val: "x" });
    await cluster.finish(new Promise<void>((resolve) => member!.proposeV2(request, () => resolve())));
  }
  await cluster.run(behind);
  await cluster.until(() => behind.member?.v2.index === member!.v2.index);
  for (let round = 0; round < 20; round++) await cluster.pass(10);
  const found = await newestFile(
    { ...cluster, log: silentLogger, disk: behind.disk },
    `${behind.name}.etcd/member/snap`,
  );
  assert.match(found.nodes, /"\/1\/b\/9"/);
});

test("a request without a method any release knows is refused, and the next one served", async () => {
  const machine = new Machine();
  const member = await machine.start();
  await assert.rejects(write(machine, member, { path: "/a", method: "JUMP" }), /unknown method/);
  await write(machine, member, { path: "/a", val: "x" });
  assert.equal(read(member, "/a").event?.node.value, "x");
});

test("the last member may be told to leave: it answers, ends, and ends again when it is started again", async () => {
  const machine = new Machine();
  const member = await machine.start({ strictReconfigCheck: false });
  const removed = member.cluster.changes.remove(member.memberId);
  await machine.done((done) => void removed.then((outcome) => done(outcome instanceof Error ? outcome : undefined)));
  assert.deepEqual(member.membership.members, []);
  machine.disk = machine.disk.killProcess();
  const warnings: string[] = [];
  machine.log = { ...machine.log, warn: (message) => void warnings.push(message) };
  await machine.start();
  assert.deepEqual(warnings, ["the member has been permanently removed from the cluster"]);
});
