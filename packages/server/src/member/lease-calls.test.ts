import assert from "node:assert/strict";
import { test } from "node:test";
import { Lessor } from "../lease/index.ts";
import { silentLogger } from "../ports/index.ts";
import { FakeClock, MemoryBackend, RecordedMetrics } from "../testing/index.ts";
import { LeaseCalls } from "./lease-calls.ts";

/** A member that thinks it leads, with lease 1 of 10 seconds granted a second ago. */
function memberWith(confirmed: boolean) {
  const clock = new FakeClock();
  const common = { clock, log: silentLogger, metrics: new RecordedMetrics() };
  const lessor = Lessor.open({ ...common, backend: new MemoryBackend(), options: { minTtl: 1 } });
  lessor.promote(0);
  lessor.grant(1n, 10);
  clock.advance(1000);
  const calls = new LeaseCalls({
    lessor,
    clock,
    network: { request: () => Promise.reject(new Error("unreachable")) },
    timeoutMs: 1000,
    leaderId: () => 1n,
    isLeader: () => true,
    confirmLeadership: async () => confirmed,
    proposeCheckpoint: (_request, done) => done(undefined),
  });
  return { calls, lessor };
}

test("a leader that the quorum confirms renews a lease, and tells which one is missing", async () => {
  const { calls } = memberWith(true);
  assert.deepEqual(await calls.renewHere(1n), { ttl: 10 });
  assert.equal(await calls.renewHere(2n), "leaseNotFound");
  assert.equal((await calls.timeToLiveHere(1n, { keys: false }))?.lease?.ttl, 10);
});

test("a deposed leader neither renews a lease, nor says that there is none, nor what is left (etcd-io/etcd#15247, #20615)", async () => {
  const { calls, lessor } = memberWith(false);
  assert.equal(await calls.renewHere(1n), "notLeader");
  assert.equal(await calls.renewHere(2n), "notLeader");
  assert.equal(await calls.timeToLiveHere(1n, { keys: false }), undefined);
  assert.equal(lessor.timeToLive(1n)?.ttl, 9);
});

test("an answer of the leader that makes no sense is asked for again, within bounds", async () => {
  const clock = new FakeClock();
  const common = { clock, log: silentLogger, metrics: new RecordedMetrics() };
  const calls = new LeaseCalls({
    lessor: Lessor.open({ ...common, backend: new MemoryBackend(), options: { minTtl: 1 } }),
    clock,
    network: { request: async () => ({ status: 200, headers: {}, body: Uint8Array.of(255, 255) }) },
    timeoutMs: 1000,
    leaderId: () => 2n,
    isLeader: () => false,
    confirmLeadership: async () => false,
    proposeCheckpoint: (_request, done) => done(undefined),
  });
  let outcome: unknown;
  const settle = (how: unknown) => {
    outcome = how;
  };
  void calls.renew(1n).then(settle, () => settle("rejected"));
  for (let round = 0; round < 100 && outcome === undefined; round++) {
    for (let hop = 0; hop < 10; hop++) await undefined;
    clock.advance(50);
  }
  assert.match(String(outcome), /request timed out/);
});
