import assert from "node:assert/strict";
import { test } from "node:test";
import { type ConfChange, ConfChangeType, type ProgressStatus, type Status } from "@etcd-ts/raft";
import type { ReadonlyMember } from "../membership/index.ts";
import { silentLogger } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { type ChangeOutcome, MembershipChanges } from "./membership-changes.ts";

const tooFewStarted = "etcdserver: re-configuration failed due to not enough started members";

function member(id: bigint, isLearner = false): ReadonlyMember {
  return { id, name: `m${id}`, peerUrls: [`http://m${id}:2380`], clientUrls: [], isLearner };
}

/** Member 1 leads 2 and 3, all connected for long; 4 is a learner that is in sync. */
function fixture({ strict = true } = {}) {
  const clock = new FakeClock();
  clock.advance(60_000);
  const members = [member(1n), member(2n), member(3n), member(4n, true)];
  const since = new Map<bigint, number>([2n, 3n, 4n].map((id) => [id, 0]));
  const matches = new Map([1n, 2n, 3n, 4n].map((id) => [id, 100]));
  const configured: Omit<ConfChange, "id">[] = [];
  const counted: string[] = [];
  const warned: unknown[] = [];
  const state = { isLeader: true, outcome: members as ChangeOutcome };
  const changes = new MembershipChanges({
    memberId: 1n,
    membership: {
      members,
      get voters() {
        return members.filter(({ isLearner }) => !isLearner);
      },
      member: (id) => members.find((one) => one.id === id),
    },
    network: { activeSinceMs: (id) => since.get(id), request: () => Promise.reject(new Error("unreachable")) },
    clock,
    log: { ...silentLogger, warn: (_text, fields) => void warned.push(fields?.["members-not-healthy"]) },
    strict,
    timeoutMs: 1_000,
    counters: {
      learnerPromoteSuccesses: { inc: () => void counted.push("promoted") },
      learnerPromoteFailures: (reason) => ({ inc: () => void counted.push(reason) }),
    },
    status: () => {
      const all = [...matches].map(([id, match]): [bigint, ProgressStatus] => [id, { match } as ProgressStatus]);
      return { progress: new Map(state.isLeader ? all : []) } as Status;
    },
    leaderId: () => 0n,
    releaseLeadership: async () => {},
    configure: async (change) => {
      configured.push(change);
      return state.outcome;
    },
  });
  return { clock, members, since, matches, configured, counted, warned, state, changes };
}

const textOf = (outcome: unknown) => (outcome instanceof Error ? outcome.message : "done");
const newMember = { peerUrls: ["http://new:2380"], isLearner: false };

test("a member is added when a quorum of the larger cluster is connected", async () => {
  const { since, configured, changes } = fixture();
  assert.equal(textOf(await changes.add(newMember)), "done");
  assert.equal(configured[0]!.type, ConfChangeType.addNode);
  since.delete(2n);
  assert.equal(textOf(await changes.add(newMember)), "etcdserver: unhealthy cluster");
  assert.equal(configured.length, 1);
});

test("a member that has been connected for less than five seconds does not count yet", async () => {
  const { since, warned, changes } = fixture();
  since.set(3n, 55_000);
  assert.equal(textOf(await changes.add(newMember)), "etcdserver: unhealthy cluster");
  assert.deepEqual(warned, [["3: connected for 5000 ms"]], "the log says who stands in the way");
  since.set(3n, 54_999);
  assert.equal(textOf(await changes.add(newMember)), "done");
});

test("no voter is added while too many have not been started, but a learner is", async () => {
  const { members, changes } = fixture();
  members[1] = { ...members[1]!, name: "" };
  assert.equal(textOf(await changes.add(newMember)), tooFewStarted);
  assert.equal(textOf(await changes.add({ ...newMember, isLearner: true })), "done");
});

test("addresses that are none are refused before anything else", async () => {
  const { configured, changes } = fixture();
  const refused = "etcdserver: given member URLs are invalid";
  assert.equal(textOf(await changes.add({ peerUrls: ["nonsense"], isLearner: false })), refused);
  assert.equal(textOf(await changes.update(2n, [])), refused);
  assert.equal(configured.length, 0);
});

test("a member is not removed when that would leave no connected quorum, unless it is down itself", async () => {
  const { since, changes } = fixture();
  assert.equal(textOf(await changes.remove(2n)), "done");
  since.delete(3n);
  assert.equal(textOf(await changes.remove(2n)), "etcdserver: unhealthy cluster");
  assert.equal(textOf(await changes.remove(3n)), "done");
  assert.equal(textOf(await changes.remove(4n)), "done");
});

test("without the strict check every change is proposed", async () => {
  const { since, configured, changes } = fixture({ strict: false });
  since.clear();
  assert.equal(textOf(await changes.add(newMember)), "done");
  assert.equal(textOf(await changes.remove(2n)), "done");
  assert.equal(configured.length, 2);
});

test("a learner is promoted when it holds nine tenths of the leader's log, and every outcome is counted", async () => {
  const { matches, counted, changes } = fixture();
  matches.set(4n, 89);
  const notReady = "etcdserver: can only promote a learner member which is in sync with leader";
  assert.equal(textOf(await changes.promote(4n)), notReady);
  matches.set(4n, 90);
  assert.equal(textOf(await changes.promote(4n)), "done");
  assert.equal(textOf(await changes.promote(9n)), "etcdserver: member not found");
  assert.deepEqual(counted, [notReady, "promoted", "etcdserver: member not found"]);
});

test("21694: an update changes addresses alone: it says nothing about being a learner", async () => {
  const { configured, changes } = fixture();
  await changes.update(4n, ["http://elsewhere:2380"]);
  assert.deepEqual([configured[0]!.type, configured[0]!.nodeId], [ConfChangeType.updateNode, 4n]);
});

test("a promotion that finds no leader in time says so, and is not counted as failed", async () => {
  const { clock, state, counted, changes } = fixture();
  state.isLeader = false;
  const promoting = changes.promote(4n);
  for (let round = 0; round < 20; round++) {
    for (let hop = 0; hop < 10; hop++) await undefined;
    clock.advance(100);
  }
  assert.equal(textOf(await promoting), "etcdserver: no leader");
  assert.deepEqual(counted, []);
});

for (const url of ["http://127.0.0.1:99999", "nonsense"])
  test(`${url} is refused as a member's address: nobody could connect to it`, async () => {
    const { configured, changes } = fixture();
    const refused = "etcdserver: given member URLs are invalid";
    assert.equal(textOf(await changes.add({ ...newMember, peerUrls: [url] })), refused);
    assert.equal(textOf(await changes.update(2n, [url])), refused);
    assert.equal(configured.length, 0);
  });

test("a member's new address is stored without the blanks around it", async () => {
  const { configured, changes } = fixture();
  await changes.update(2n, [" http://m2:1 "]);
  assert.match(new TextDecoder().decode(configured[0]?.context), /"peerURLs":\["http:\/\/m2:1"\]/);
});
