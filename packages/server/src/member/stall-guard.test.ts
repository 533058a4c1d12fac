import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { StallGuard } from "./stall-guard.ts";

const batch = { hardState: undefined, entries: [], mustSync: true };

function fixture() {
  const clock = new FakeClock();
  const state = { isLeader: true, voters: 3, given: 0 };
  const guard = new StallGuard({
    clock,
    log: silentLogger,
    electionMs: 1_000,
    isLeader: () => state.isLeader,
    hasSuccessor: () => state.voters > 1,
    giveAway: () => void state.given++,
  });
  const finish: (() => void)[] = [];
  const wal = guard.watch({ append: (_batch, done) => void finish.push(() => done(undefined)) });
  /** Lets time pass with a tick every 100 ms. */
  const pass = (ms: number) => {
    for (let at = 0; at < ms; at += 100) {
      clock.advance(100);
      guard.tick();
    }
  };
  return { clock, state, guard, wal, finish, pass };
}

test("a leader whose disk is stuck for longer than an election timeout gives leadership away", () => {
  const { state, wal, pass } = fixture();
  wal.append(batch, () => {});
  pass(1_000);
  assert.equal(state.given, 0);
  pass(100);
  assert.equal(state.given, 1);
});

test("the only voter has nobody to give leadership to", () => {
  const { state, wal, pass } = fixture();
  state.voters = 1;
  wal.append(batch, () => {});
  pass(3_000);
  assert.equal(state.given, 0);
});

test("it tries again once an election timeout, as long as it leads and the disk is stuck", () => {
  const { state, wal, finish, pass } = fixture();
  wal.append(batch, () => {});
  pass(3_100);
  assert.equal(state.given, 3);
  state.isLeader = false;
  pass(5_000);
  assert.equal(state.given, 3);
  state.isLeader = true;
  finish[0]!();
  pass(5_000);
  assert.equal(state.given, 3);
});

test("a slow disk that still finishes something is not stuck", () => {
  const { state, wal, finish, pass } = fixture();
  for (let round = 0; round < 10; round++) {
    wal.append(batch, () => {});
    wal.append(batch, () => {});
    pass(900);
    finish.shift()!();
  }
  assert.equal(finish.length, 10);
  assert.equal(state.given, 0);
});

test("a leader whose event loop stalled gives leadership away a tick later", () => {
  const { clock, state, guard, pass } = fixture();
  pass(500);
  clock.advance(1_001);
  guard.tick();
  assert.equal(state.given, 0);
  pass(100);
  assert.equal(state.given, 1);
  pass(5_000);
  assert.equal(state.given, 1);
});

test("a member that was deposed during its stall gives nothing away", () => {
  const { clock, state, guard, pass } = fixture();
  clock.advance(5_000);
  guard.tick();
  state.isLeader = false;
  pass(5_000);
  assert.equal(state.given, 0);
});

test("a stall of the event loop does not make the disk look stuck", () => {
  const { clock, state, guard, wal, finish, pass } = fixture();
  wal.append(batch, () => {});
  clock.advance(5_000);
  guard.tick();
  finish[0]!();
  pass(100);
  assert.equal(state.given, 1, "for the stall");
  pass(5_000);
  assert.equal(state.given, 1);
});
