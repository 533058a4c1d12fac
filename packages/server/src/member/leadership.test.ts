import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProgressStatus } from "@etcd-ts/raft";
import type { ReadonlyMember } from "../membership/index.ts";
import { silentLogger } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { Leadership } from "./leadership.ts";

/** Member 1 leads 2, 3 and the learner 4; all hold everything and are connected, 2 the longest. */
function fixture() {
  const clock = new FakeClock();
  clock.advance(1_000);
  const state = { leader: 1n, commit: 100, transfers: [] as bigint[] };
  const matches = new Map([
    [1n, 100],
    [2n, 100],
    [3n, 100],
    [4n, 100],
  ]);
  const since = new Map([
    [2n, 10],
    [3n, 20],
    [4n, 5],
  ]);
  const obedient = new Set([2n, 3n]);
  const members = [1n, 2n, 3n, 4n].map(
    (id): ReadonlyMember => ({ id, name: "", peerUrls: [], clientUrls: [], isLearner: id === 4n }),
  );
  const membership = {
    members,
    voters: members.filter(({ isLearner }) => !isLearner),
    member: (id: bigint) => members.find((one) => one.id === id),
  };
  const leadership = new Leadership({
    memberId: 1n,
    membership,
    network: { activeSinceMs: (id) => since.get(id) },
    clock,
    log: silentLogger,
    timeoutMs: 7_000,
    electionMs: 1_000,
    leaderId: () => state.leader,
    status: () => ({
      commit: state.commit,
      progress: new Map([...matches].map(([id, match]) => [id, { match } as ProgressStatus])),
    }),
    transfer: (target) => {
      state.transfers.push(target);
      const takeOver = () => {
        state.leader = target;
      };
      if (obedient.has(target)) clock.setTimer(50, takeOver);
    },
  });
  /** Lets time pass until the promise settles. */
  const finish = async <T>(promise: Promise<T>): Promise<T> => {
    let settled = false;
    const watched = promise.finally(() => {
      settled = true;
    });
    for (let round = 0; round < 1_000 && !settled; round++) {
      clock.advance(20);
      for (let hop = 0; hop < 10; hop++) await undefined;
    }
    assert.ok(settled, "waited in vain");
    return watched;
  };
  return { clock, state, matches, since, obedient, leadership, finish };
}

test("leadership is given to the voter that has been connected longest, when all hold what is committed", async () => {
  const { state, matches, leadership, finish } = fixture();
  matches.set(2n, 150).set(3n, 170);
  await finish(leadership.giveAway());
  assert.deepEqual([state.transfers, state.leader], [[2n], 2n]);
});

test("a voter that holds more of what is committed is preferred to one that has been connected longer", async () => {
  const { state, matches, leadership, finish } = fixture();
  matches.set(2n, 99);
  await finish(leadership.giveAway());
  assert.deepEqual(state.transfers, [3n]);
});

test("nobody gets leadership who is not connected, and learners never do", async () => {
  const { state, since, leadership, finish } = fixture();
  since.delete(2n);
  await finish(leadership.giveAway());
  assert.deepEqual(state.transfers, [3n]);
  state.leader = 1n;
  since.delete(3n);
  await finish(leadership.giveAway());
  assert.deepEqual([state.transfers, state.leader], [[3n], 1n]);
});

test("a successor that does not take over within an election timeout is passed over for the next", async () => {
  const { state, clock, obedient, leadership, finish } = fixture();
  obedient.delete(2n);
  await finish(leadership.giveAway());
  assert.deepEqual([state.transfers, state.leader], [[2n, 3n], 3n]);
  assert.ok(clock.nowMs() <= 1_000 + 1_000 + 200);
});

test("giving away ends when nobody takes it, and a second request joins the first", async () => {
  const { state, obedient, leadership, finish } = fixture();
  obedient.clear();
  const first = leadership.giveAway();
  assert.equal(leadership.giveAway(), first);
  await finish(first);
  assert.deepEqual([state.transfers, state.leader], [[2n, 3n], 1n]);
});

test("a follower gives nothing away", async () => {
  const { state, leadership, finish } = fixture();
  state.leader = 3n;
  await finish(leadership.giveAway());
  assert.deepEqual(state.transfers, []);
});

test("an operator moves leadership where it is told, or learns why not", async () => {
  const { state, obedient, leadership, finish } = fixture();
  const textOf = async (target: bigint) => (await finish(leadership.moveTo(target)))?.message;
  assert.equal(await textOf(4n), "etcdserver: bad leader transferee");
  assert.equal(await textOf(9n), "etcdserver: bad leader transferee");
  assert.equal(await textOf(1n), undefined);
  assert.deepEqual(state.transfers, []);
  obedient.delete(2n);
  assert.equal(await textOf(2n), "etcdserver: request timed out, leader transfer took too long");
  assert.equal(await textOf(3n), undefined);
  assert.equal(await textOf(2n), "etcdserver: not leader");
});
