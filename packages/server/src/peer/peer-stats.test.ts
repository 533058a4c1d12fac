import assert from "node:assert/strict";
import { test } from "node:test";
import { type Message, MessageType, newMessage } from "@etcd-ts/raft";
import { FakeClock } from "../testing/index.ts";
import { PeerStats } from "./peer-stats.ts";

const self = 1n;
const other = 2n;

/** An append of `count` entries of 100 bytes behind `index`. */
function append(from: bigint, to: bigint, { index = 0, count = 1 } = {}): Message {
  const entries = Array.from({ length: count }, (_, i) => ({
    term: 1,
    index: index + 1 + i,
    type: 0 as const,
    data: new Uint8Array(100),
  }));
  return { ...newMessage(MessageType.app, to), from, index, entries };
}

function answer(index: number, reject = false): Message {
  return { ...newMessage(MessageType.appResp, self), from: other, index, reject };
}

function fixture() {
  const clock = new FakeClock();
  const stats = new PeerStats(clock);
  stats.follow(other);
  return { clock, stats };
}

test("appends are counted both ways, other messages are not", () => {
  const { stats } = fixture();
  stats.sending(append(self, other));
  stats.sending(newMessage(MessageType.heartbeat, other));
  stats.received(append(other, self));
  stats.received(append(other, self));
  const { sendAppendRequestCount, recvAppendRequestCount } = stats.appends;
  assert.deepEqual([sendAppendRequestCount, recvAppendRequestCount], [1, 2]);
});

test("rates cover the last 200 appends and end a second after the last", () => {
  const { clock, stats } = fixture();
  for (let i = 0; i <= 1_000; i++) {
    if (i > 0) clock.advance(2);
    stats.sending(append(self, other));
  }
  const { sendPackageRate, sendBandwidthRate } = stats.appends;
  assert.ok(sendPackageRate > 495 && sendPackageRate < 510, String(sendPackageRate));
  assert.ok(Math.abs(sendBandwidthRate / sendPackageRate - 152) < 1);
  clock.advance(1_001);
  assert.deepEqual([stats.appends.sendPackageRate, stats.appends.sendBandwidthRate], [0, 0]);
  assert.equal(stats.appends.sendAppendRequestCount, 1_001);
});

test("an append is answered when the follower holds its last entry, and its latency is the time until then", () => {
  const { clock, stats } = fixture();
  stats.sending(append(self, other, { index: 0, count: 2 }));
  clock.advance(10);
  stats.sending(append(self, other, { index: 2, count: 1 }));
  stats.received(answer(1));
  assert.equal(stats.followers[0]!.successCount, 0);
  clock.advance(10);
  stats.received(answer(3));
  stats.received(answer(3));
  const { successCount, latencyMs } = stats.followers[0]!;
  assert.equal(successCount, 2);
  assert.deepEqual(latencyMs, { current: 10, average: 15, standardDeviation: 5, minimum: 10, maximum: 20 });
});

test("what was refused or could not be sent has no latency", () => {
  const { stats } = fixture();
  stats.sending(append(self, other));
  stats.failed(append(self, other));
  stats.failed(newMessage(MessageType.heartbeat, other));
  stats.received(answer(1));
  stats.sending(append(self, other));
  stats.received(answer(1, true));
  const { successCount, failCount, latencyMs } = stats.followers[0]!;
  assert.deepEqual([successCount, failCount, latencyMs.minimum], [0, 1, 2 ** 63]);
});

test("a follower that answers nothing costs a bounded amount", () => {
  const { stats } = fixture();
  for (let i = 0; i < 5_000; i++) stats.sending(append(self, other, { index: i }));
  stats.received(answer(5_000));
  assert.equal(stats.followers[0]!.successCount, 1_024);
});

test("a member that was removed is not counted any more", () => {
  const { stats } = fixture();
  stats.forget(other);
  stats.sending(append(self, other));
  stats.received(answer(1));
  assert.deepEqual(stats.followers, []);
});
