import assert from "node:assert/strict";
import { test } from "node:test";
import { LeaseGrantRequest, PutRequest } from "@etcd-ts/proto";
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

test("a store from a longer log than the one at hand is refused, because acknowledged writes are missing", async () => {
  const machine = new Machine();
  const first = await machine.start();
  await put(machine, first, "a");
  await first.stop();
  await machine.disk.remove("m1.etcd/member/wal");
  await assert.rejects(machine.start(), /log ends at 0: log segments are missing/);
});
