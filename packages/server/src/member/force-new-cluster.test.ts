import assert from "node:assert/strict";
import { test } from "node:test";
import { PutRequest } from "@etcd-ts/proto";
import {
  type ConfChange,
  ConfChangeType,
  decodeConfChange,
  type Entry,
  EntryType,
  encodeConfChange,
  MemoryStorage,
  noBytes,
} from "@etcd-ts/raft";
import type { ReadonlyMember } from "../membership/index.ts";
import { encodeMember } from "../membership/index.ts";
import { silentLogger } from "../ports/index.ts";
import type { WalBatch } from "../wal/index.ts";
import { type ForcedStart, forceNewCluster } from "./force-new-cluster.ts";
import type { Member } from "./member.ts";
import type { Proposed } from "./member-parts.ts";
import { countOf, Machine, put, text } from "./testing/machine.ts";

/** A member whose only peer never came: `a` and `b` are acknowledged, `c` cannot be. Ends as if its process was killed. */
async function strand(machine: Machine): Promise<Member> {
  const member = await machine.start();
  await put(machine, member, "a");
  await put(machine, member, "b");
  const added = member.cluster.changes.add({ peerUrls: ["http://10.0.0.2:2380"], isLearner: false });
  await machine.done((done) => void added.then((outcome) => done(outcome instanceof Error ? outcome : undefined)));
  const lone = PutRequest.encode(PutRequest.create({ key: text("c") }));
  let answered = false;
  member.propose("put", lone, ((error) => {
    answered ||= error === undefined;
  }) as Proposed<"put">);
  for (let turn = 0; turn < 20; turn++) await machine.pass(1);
  assert.equal(answered, false, "a write was acknowledged without a quorum");
  return member;
}

function memberIdsOf(member: Member): bigint[] {
  return member.membership.members.map(({ id }) => id);
}

test("a member whose peers are gone becomes a cluster of one, with its data, ids and acknowledged writes only", async () => {
  const machine = new Machine();
  const { memberId, clusterId } = await strand(machine);
  machine.disk = machine.disk.killProcess();
  const stuck = await machine.begin();
  for (let turn = 0; turn < 400; turn++) await machine.pass(10);
  assert.equal(stuck.serving, false, "it served without a quorum");
  machine.disk = machine.disk.killProcess();
  const forced = await machine.start({ forceNewCluster: true });
  assert.deepEqual([forced.memberId, forced.clusterId], [memberId, clusterId]);
  assert.deepEqual(memberIdsOf(forced), [memberId]);
  await machine.done((done) => forced.linearizableRead(done));
  assert.equal(countOf(forced), 2);
  await put(machine, forced, "d");
  await forced.stop();
  const again = await machine.start();
  assert.deepEqual([memberIdsOf(again), countOf(again)], [[memberId], 3]);
  await again.stop();
});

test("a power cut at any write of a forced start loses nothing, whether it is forced again or not", async () => {
  const machine = new Machine();
  const { memberId } = await strand(machine);
  const base = machine.disk.killProcess();
  const store = machine.store.copy();
  let cuts = 0;
  for (let operation = 1; ; operation++) {
    const trial = new Machine();
    trial.disk = base.cutPower({ survival: "all" });
    trial.store = store.copy();
    trial.disk.cutPowerAt(operation);
    const outcome = await Promise.race([trial.begin({ forceNewCluster: true }), trial.disk.whenOff]);
    if (outcome !== undefined) break;
    cuts++;
    trial.disk = trial.disk.cutPower();
    const unforced = await trial.begin();
    await trial.pass(100);
    assert.ok(countOf(unforced) === 2, `after a cut before operation ${operation}`);
    trial.disk = trial.disk.killProcess();
    const forced = await trial.start({ forceNewCluster: true });
    assert.deepEqual([memberIdsOf(forced), countOf(forced)], [[memberId], 2]);
    await forced.stop();
  }
  assert.ok(cuts >= 2, `${cuts} cuts`);
});

test("forcing a member that is alone already loses no acknowledged write, though the commit index in the log lags", async () => {
  const machine = new Machine();
  const first = await machine.start();
  for (let i = 0; i < 50; i++) await put(machine, first, `key ${i}`);
  machine.disk = machine.disk.cutPower();
  const forced = await machine.start({ forceNewCluster: true });
  assert.equal(countOf(forced), 50);
  await forced.stop();
});

test("on an empty data directory the flag is said to be ignored", async () => {
  const machine = new Machine();
  const warnings: string[] = [];
  machine.log = { ...silentLogger, warn: (message) => void warnings.push(message) };
  const member = await machine.start({ forceNewCluster: true });
  assert.deepEqual(warnings, ["--force-new-cluster is ignored: the data directory is empty"]);
  await member.stop();
});

const named = (id: bigint): ReadonlyMember => ({
  id,
  name: `m${id}`,
  peerUrls: [`http://10.0.0.${id}:2380`],
  clientUrls: [],
  isLearner: false,
});

function change(type: ConfChange["type"], nodeId: bigint): Pick<Entry, "type" | "data"> {
  const context = type === ConfChangeType.removeNode ? noBytes : encodeMember(named(nodeId));
  return { type: EntryType.confChange, data: encodeConfChange({ id: 1n, type, nodeId, context }) };
}

const write = { type: EntryType.normal, data: text("x") } as const;

/** A log of term 3 with these entries from index 1 on, as member 1 finds it. */
function found(entries: readonly Pick<Entry, "type" | "data">[], facts: { commit: number; appliedIndex?: number }) {
  const raftLog = new MemoryStorage();
  raftLog.append(entries.map((entry, i) => ({ ...entry, term: 3, index: i + 1 })));
  raftLog.setHardState({ term: 3, vote: 0n, commit: facts.commit });
  const written: WalBatch[] = [];
  const wal = {
    append(batch: WalBatch, done: (error?: Error) => void) {
      written.push(batch);
      done();
    },
  } as unknown as ForcedStart["storage"]["wal"];
  const storage = { identity: { memberId: 1n, clusterId: 9n }, raftLog, wal };
  const { appliedIndex = 0 } = facts;
  const start: ForcedStart = { storage, members: [], appliedIndex, peerUrls: ["http://a:1"], log: silentLogger };
  return { start, raftLog, written };
}

function changesIn({ raftLog }: { raftLog: MemoryStorage }, from: number): string[] {
  const entries = raftLog.entries(from, raftLog.lastIndex() + 1, Number.POSITIVE_INFINITY);
  assert.ok(typeof entries !== "string");
  return entries.map(({ data }) => Buffer.from(data).toString("hex"));
}

const founding = [1n, 2n, 3n].map((id) => change(ConfChangeType.addNode, id));
const removal = (id: bigint) =>
  Buffer.from(encodeConfChange({ id: 0n, type: ConfChangeType.removeNode, nodeId: id, context: noBytes })).toString(
    "hex",
  );

test("the log is continued behind the last entry known to be committed, in one synced append", async () => {
  const log = found([...founding, write, write, write], { commit: 4 });
  await forceNewCluster(log.start);
  assert.deepEqual(changesIn(log, 5), [removal(2n), removal(3n)]);
  assert.deepEqual(
    log.written.map(({ hardState, entries, mustSync }) => [hardState, entries.map(({ index }) => index), mustSync]),
    [[{ term: 3, vote: 0n, commit: 6 }, [5, 6], true]],
  );
});

test("what the store holds was committed, whatever the log knows of it", async () => {
  const log = found([...founding, write, write, write], { commit: 3, appliedIndex: 5 });
  await forceNewCluster(log.start);
  assert.deepEqual(changesIn(log, 6), [removal(2n), removal(3n)]);
});

test("a learner becomes the voter before the voters go", async () => {
  const entries = [change(ConfChangeType.addNode, 2n), change(ConfChangeType.addLearnerNode, 1n), write];
  const log = found(entries, { commit: 3 });
  await forceNewCluster(log.start);
  const [promotion, ...removals] = changesIn(log, 4);
  assert.match(Buffer.from(promotion!, "hex").toString(), /"isPromote":true/);
  assert.deepEqual(removals, [removal(2n)]);
});

test("zombies, members of the store that are none of the group's, are removed too (etcd-io/etcd#19557, #20967)", async () => {
  const log = found([change(ConfChangeType.addNode, 1n), write], { commit: 2 });
  await forceNewCluster({ ...log.start, members: [named(1n), named(7n)] });
  assert.deepEqual(changesIn(log, 3), [removal(7n)]);
});

test("a member that the log never heard of, as in a backup, is added before the others go and moved after", async () => {
  const entries = [change(ConfChangeType.addNode, 2n), write];
  const log = found(entries, { commit: 2 });
  await forceNewCluster({ ...log.start, members: [named(2n)] });
  const changes = changesIn(log, 3).map((hex) => decodeConfChange(Buffer.from(hex, "hex"))!);
  assert.deepEqual(
    changes.map(({ type, nodeId }) => [type, nodeId]),
    [
      [ConfChangeType.addNode, 1n],
      [ConfChangeType.removeNode, 2n],
      [ConfChangeType.updateNode, 1n],
    ],
  );
  assert.match(new TextDecoder().decode(changes[2]!.context), /"peerURLs":\["http:\/\/a:1"\]/);
});

test("a member that was removed is refused and nothing is written", async () => {
  const log = found([...founding, change(ConfChangeType.removeNode, 1n)], { commit: 4 });
  await assert.rejects(forceNewCluster(log.start), {
    message: "--force-new-cluster: member 1 does not belong to the cluster in its data directory",
  });
  assert.deepEqual([log.written, log.raftLog.lastIndex()], [[], 4]);
});
