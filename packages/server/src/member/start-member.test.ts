import assert from "node:assert/strict";
import { test } from "node:test";
import { LeaseGrantRequest, PutRequest } from "@etcd-ts/proto";
import { FakeDisk } from "../testing/index.ts";
import type { Proposed } from "./member-parts.ts";
import { countOf, Machine, put, text } from "./testing/machine.ts";

test("a member founds its cluster with etcd's ids and serves what was put", async () => {
  const machine = new Machine();
  const member = await machine.start();
  await put(machine, member, "a");
  await machine.done((done) => member.linearizableRead(done));
  assert.equal(countOf(member), 1);
  assert.deepEqual(
    member.membership.members.map(({ id, name }) => ({ id, name })),
    [{ id: member.memberId, name: "m1" }],
  );
  await member.stop();
});

test("an orderly stop keeps everything, ids included", async () => {
  const machine = new Machine();
  const first = await machine.start();
  const { memberId, clusterId } = first;
  for (const key of ["a", "b", "c"]) await put(machine, first, key);
  await first.stop();
  const second = await machine.start({ initialCluster: "ignored=by a member that was started before" });
  assert.deepEqual([second.memberId, second.clusterId], [memberId, clusterId]);
  assert.deepEqual([countOf(second), second.store.currentRevision], [3, 4]);
  await second.stop();
});

test("a power cut loses nothing that was answered, though the store had committed none of it", async () => {
  const machine = new Machine();
  const first = await machine.start();
  for (let i = 0; i < 50; i++) await put(machine, first, `key ${i}`);
  machine.disk = machine.disk.cutPower();
  const second = await machine.start();
  await machine.done((done) => second.linearizableRead(done));
  assert.deepEqual([countOf(second), second.store.currentRevision], [50, 51]);
  await second.stop();
});

test("a single member answers a put when its log is synced, and not before (etcd-io/etcd#14370)", async () => {
  const machine = new Machine();
  let syncMs = 0;
  const { clock, random } = machine;
  const delayMs = ({ kind }: { kind: string }) => (kind === "datasync" ? syncMs : 0);
  machine.disk = new FakeDisk({ random, clock, delayMs });
  const member = await machine.start({ walTuning: { syncMode: "pool" } });
  syncMs = 5000;
  let answers = 0;
  for (const key of ["a", "b"]) {
    const request = PutRequest.encode(PutRequest.create({ key: text(key), value: text(key) }));
    member.propose("put", request, () => answers++);
  }
  await machine.pass(4900);
  assert.deepEqual([answers, countOf(member)], [0, 0]);
  await machine.pass(200);
  assert.deepEqual([answers, countOf(member)], [2, 2]);
  machine.disk = machine.disk.cutPower({ delayMs: () => 0 });
  const second = await machine.start();
  await machine.done((done) => second.linearizableRead(done));
  assert.equal(countOf(second), 2);
  await second.stop();
});

test("raft snapshots let go of the log, and a member starts from the last one", async () => {
  const machine = new Machine();
  const options = { snapshotCount: 20, snapshotCatchupEntries: 5, maxSnapshots: 2 };
  const first = await machine.start(options);
  for (let i = 0; i < 120; i++) await put(machine, first, `key ${i % 7}`);
  const files = (await machine.disk.readdir("m1.etcd/member/snap")).filter((name) => name.endsWith(".snap"));
  assert.equal(files.length, 2);
  machine.disk = machine.disk.cutPower();
  const second = await machine.start(options);
  await machine.done((done) => second.linearizableRead(done));
  assert.deepEqual([countOf(second), second.store.currentRevision], [7, 121]);
  await second.stop();
});

test("a second member is refused while the first holds the directory", async () => {
  const machine = new Machine();
  const first = await machine.start();
  await assert.rejects(machine.start(), /in use by another process/);
  await put(machine, first, "a");
  await first.stop();
});

test("an expired lease is revoked through the log, with its keys, at one revision", async () => {
  const machine = new Machine();
  const member = await machine.start();
  const grant = LeaseGrantRequest.encode(LeaseGrantRequest.create({ id: 5n, ttl: 3 }));
  await machine.done((done) => member.propose("leaseGrant", grant, done as Proposed<"leaseGrant">));
  for (const key of ["a", "b"]) {
    const request = PutRequest.encode(PutRequest.create({ key: text(key), lease: 5n }));
    await machine.done((done) => member.propose("put", request, done as Proposed<"put">));
  }
  const revision = member.store.currentRevision;
  machine.clock.advance(2000);
  assert.equal(countOf(member), 2);
  machine.clock.advance(3000);
  await machine.until(() => countOf(member) === 0);
  assert.equal(member.store.currentRevision, revision + 1);
  assert.equal(member.lessor.exists(5n), false);
  await member.stop();
});

test("a disk that only pretended to sync is found out when the store went further than the log (etcd-io/etcd#14102)", async () => {
  const machine = new Machine();
  let isLying = false;
  const fault = ({ kind }: { kind: string }) => (isLying && kind === "datasync" ? "skip" : undefined);
  machine.disk = new FakeDisk({ random: machine.random, fault });
  const member = await machine.start();
  isLying = true;
  for (const key of ["a", "b", "c"]) await put(machine, member, key);
  const committed = machine.store.sizeBytes;
  await machine.until(() => machine.store.sizeBytes > committed);
  machine.disk = machine.disk.cutPower({ survival: "none", fault: () => undefined });
  await assert.rejects(machine.start(), /log segments are missing/);
});

test("a store from a longer log than the one at hand is refused: synced writes were lost (etcd-io/etcd#14102)", async () => {
  const machine = new Machine();
  const first = await machine.start();
  await put(machine, first, "a");
  await first.stop();
  await machine.disk.remove("m1.etcd/member/wal");
  await assert.rejects(machine.start(), /log ends at 0: log segments are missing/);
});
