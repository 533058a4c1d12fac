import assert from "node:assert/strict";
import { test } from "node:test";
import { LeaseGrantRequest, PutRequest, RangeRequest } from "@etcd-ts/proto";
import { isFailure } from "../mvcc/index.ts";
import { silentLogger } from "../ports/index.ts";
import {
  FakeClock,
  FakeDisk,
  LonelyNetwork,
  MemoryBackend,
  MemoryDisk,
  RecordedMetrics,
  SeededRandom,
} from "../testing/index.ts";
import type { Member, Proposed } from "./member.ts";
import type { MemberOptions } from "./member-options.ts";
import { startMember } from "./start-member.ts";

const url = "http://localhost:2380";
const baseOptions = {
  name: "m1",
  dataDir: "m1.etcd",
  walDir: undefined,
  initialCluster: `m1=${url}`,
  initialClusterState: "new",
  initialClusterToken: "etcd-cluster",
  strictReconfigCheck: true,
  advertisePeerUrls: [url],
  advertiseClientUrls: ["http://localhost:2379"],
  heartbeatMs: 100,
  electionMs: 1000,
  preVote: true,
  snapshotCount: 10_000,
  snapshotCatchupEntries: 5000,
  maxSnapshots: 5,
  maxWals: 5,
  autoCompaction: { mode: "off" },
  warningApplyMs: 100,
  quotaBackendBytes: undefined,
  maxRequestBytes: 1.5 * 1024 * 1024,
  maxTxnOps: 128,
  maxLearners: 1,
  watchProgressNotifyIntervalMs: 600_000,
  compactionBatchLimit: 1000,
  compactionSleepMs: 10,
  version: "3.7.1",
} satisfies Partial<MemberOptions>;

/** A machine: its disk and what its live store has committed survive the member. */
class Machine {
  readonly clock = new FakeClock();
  readonly random = new SeededRandom(7);
  disk = new FakeDisk({ random: this.random });
  readonly store = new MemoryDisk();

  async start(options: Partial<MemberOptions> = {}): Promise<Member> {
    const { clock, random, disk } = this;
    const openBackend = () => new MemoryBackend({ disk: this.store });
    const network = new LonelyNetwork();
    const net = { openNetwork: () => network, peerClient: network };
    const ports = { clock, random, disk, log: silentLogger, metrics: new RecordedMetrics(), openBackend, ...net };
    const onFatal = (error: Error) => assert.fail(error.message);
    const member = await startMember(ports, { ...baseOptions, ...options } as MemberOptions, {
      onFatal,
      onRemoved() {},
    });
    await this.until(() => member.serving);
    return member;
  }

  /** Lets time and pending work pass until the condition holds. */
  async until(condition: () => boolean): Promise<void> {
    for (let round = 0; round < 10_000 && !condition(); round++) {
      this.clock.runTurn();
      this.clock.advance(10);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    assert.ok(condition(), "waited in vain");
  }

  async done<T>(start: (done: (error?: Error, value?: T) => void) => void): Promise<T | undefined> {
    const outcome: { error?: Error | undefined; value?: T | undefined; isDone?: boolean } = {};
    start((error, value) => Object.assign(outcome, { error, value, isDone: true }));
    await this.until(() => outcome.isDone === true);
    if (outcome.error !== undefined) throw outcome.error;
    return outcome.value;
  }
}

const text = (value: string) => new TextEncoder().encode(value);

function put(machine: Machine, member: Member, key: string): Promise<unknown> {
  const request = PutRequest.encode(PutRequest.create({ key: text(key), value: text(key) }));
  return machine.done((done) => member.propose("put", request, done as Proposed<"put">));
}

function countOf(member: Member): number {
  const all = RangeRequest.create({ key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0), countOnly: true });
  const result = member.store.range(all);
  assert.ok(!isFailure(result));
  return result.count;
}

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
