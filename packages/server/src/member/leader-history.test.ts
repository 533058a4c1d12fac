import assert from "node:assert/strict";
import { test } from "node:test";
import { grpcCodes } from "@etcd-ts/proto";
import type { ReadonlyMember } from "../membership/index.ts";
import { FakeClock } from "../testing/index.ts";
import { LeaderHistory } from "./leader-history.ts";

const timeout = "etcdserver: request timed out";
const leaderFailed = `${timeout}, possibly due to previous leader failure`;
const connectionLost = `${timeout}, possibly due to connection lost`;

function fixture({ unknownDeadlines = false } = {}) {
  const clock = new FakeClock();
  const activeSince = new Map<bigint, number>();
  const state = { leader: 2n };
  const members = [1n, 2n, 3n].map(
    (id): ReadonlyMember => ({ id, name: "", peerUrls: [], clientUrls: [], isLearner: false }),
  );
  const history = new LeaderHistory({
    memberId: 1n,
    membership: { members },
    network: { activeSinceMs: (id) => activeSince.get(id) },
    clock,
    electionMs: 1_000,
    unknownDeadlines,
    leaderId: () => state.leader,
  });
  const textAt = (startedMs: number) => history.timeoutError({ startedMs, wasProposed: true }).text;
  return { clock, activeSince, state, history, textAt };
}

test("a request that began within two election timeouts before the new leader blames the old one", () => {
  const { clock, activeSince, history, textAt } = fixture();
  activeSince.set(2n, 0);
  clock.advance(10_000);
  history.elected();
  assert.deepEqual([8_000, 8_001, 9_999, 10_000].map(textAt), [timeout, leaderFailed, leaderFailed, timeout]);
});

test("a follower blames the connection when it was not connected to the leader all the time", () => {
  const { activeSince, textAt } = fixture();
  assert.equal(textAt(50), connectionLost);
  activeSince.set(2n, 50);
  assert.deepEqual([textAt(50), textAt(51)], [connectionLost, timeout]);
});

test("a leader blames the connection when it was not connected to a quorum all the time", () => {
  const { activeSince, state, textAt } = fixture();
  state.leader = 1n;
  assert.equal(textAt(50), connectionLost);
  activeSince.set(3n, 10);
  assert.equal(textAt(50), timeout);
});

test("without a leader nobody is blamed", () => {
  const { state, textAt } = fixture();
  state.leader = 0n;
  assert.equal(textAt(50), timeout);
});

test("a request that never found a leader ran into its deadline, as in etcd", () => {
  const { state, history } = fixture();
  const textOf = () => history.timeoutError({ startedMs: 50, wasProposed: false }).text;
  assert.equal(textOf(), connectionLost);
  state.leader = 0n;
  assert.equal(textOf(), "context deadline exceeded");
});

test("a request that never found a leader fails with an unknown code under 3.4, whose clients try no more then", () => {
  const codeWith = (unknownDeadlines: boolean) => {
    const { state, history } = fixture({ unknownDeadlines });
    state.leader = 0n;
    return history.timeoutError({ startedMs: 50, wasProposed: false }).grpc;
  };
  assert.deepEqual([codeWith(false), codeWith(true)], [grpcCodes.deadlineExceeded, grpcCodes.unknown]);
});

test("a leader that is missing for three election timeouts is told once, and again the next time", () => {
  const { clock, state, history } = fixture();
  let told = 0;
  const end = history.onMissing(() => told++);
  const pass = (ms: number) => {
    for (let at = 0; at < ms; at += 100) {
      history.tick();
      clock.advance(100);
    }
  };
  state.leader = 0n;
  pass(3_000);
  assert.equal(told, 0);
  pass(9_000);
  assert.equal(told, 1);
  state.leader = 2n;
  pass(100);
  state.leader = 0n;
  pass(3_100);
  assert.equal(told, 2);
  end();
  state.leader = 2n;
  pass(100);
  state.leader = 0n;
  pass(9_000);
  assert.equal(told, 2);
});

test("a leader that comes and goes within three election timeouts is not missing", () => {
  const { clock, state, history } = fixture();
  history.onMissing(() => assert.fail("told"));
  for (let round = 0; round < 40; round++) {
    state.leader = round % 2 === 0 ? 0n : 2n;
    for (let at = 0; at < 2_500; at += 100) {
      history.tick();
      clock.advance(100);
    }
  }
  assert.equal(clock.nowMs(), 100_000);
});
