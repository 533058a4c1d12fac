// How a leader's view of a follower moves between probing, replicating and sending a snapshot.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Progress, ProgressState } from "./index.ts";

function progressAt(match: number, next: number): Progress {
  const start = { id: 2n, next, isLearner: false, recentActive: true, maxInflightMsgs: 2, maxInflightBytes: 100 };
  const progress = new Progress(start);
  progress.match = match;
  return progress;
}

test("a probe pauses after one append with entries, an empty one does not pause it", () => {
  const progress = progressAt(3, 5);
  progress.sentEntries(0, 0);
  assert.equal(progress.paused, false);
  progress.sentEntries(1, 10);
  assert.equal(progress.paused, true);
  assert.equal(progress.next, 5);
});

test("replication sends ahead until the window is full, and an acknowledgement makes room", () => {
  const progress = progressAt(3, 4);
  progress.becomeReplicate();
  progress.sentEntries(2, 10);
  progress.sentEntries(1, 10);
  assert.equal(progress.next, 7);
  assert.equal(progress.paused, true);
  assert.equal(progress.maybeUpdate(5), true);
  assert.equal(progress.paused, false);
});

test("an old acknowledgement changes nothing", () => {
  const progress = progressAt(3, 5);
  assert.equal(progress.maybeUpdate(3), false);
  assert.equal(progress.next, 5);
});

test("a rejection moves a probe back to the hint, but not below the match", () => {
  const progress = progressAt(3, 10);
  assert.equal(progress.maybeDecrease(9, 6), true);
  assert.equal(progress.next, 7);
  assert.equal(progress.maybeDecrease(6, 0), true);
  assert.equal(progress.next, 4);
});

test("a rejection of an append that was acknowledged since is stale", () => {
  const probing = progressAt(3, 10);
  assert.equal(probing.maybeDecrease(5, 4), false);
  const replicating = progressAt(5, 6);
  replicating.becomeReplicate();
  assert.equal(replicating.maybeDecrease(5, 4), false);
});

test("after a snapshot the follower is probed from beyond it", () => {
  const progress = progressAt(3, 5);
  progress.becomeSnapshot(8);
  assert.equal(progress.paused, true);
  assert.equal(progress.next, 9);
  progress.becomeProbe();
  assert.equal(progress.state, ProgressState.probe);
  assert.equal(progress.next, 9);
});

test("a commit index is worth sending only if the follower can move to it", () => {
  const progress = progressAt(5, 6);
  assert.equal(progress.canBumpCommit(5), true);
  progress.sentCommit = 5;
  assert.equal(progress.canBumpCommit(9), false);
});
