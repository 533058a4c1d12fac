import assert from "node:assert/strict";
import { test } from "node:test";
import { LeaseRevokeRequest } from "@etcd-ts/proto";
import { Lessor } from "../lease/index.ts";
import { silentLogger } from "../ports/index.ts";
import { FakeClock, MemoryBackend, RecordedMetrics } from "../testing/index.ts";
import { LeaseKeeper } from "./lease-keeper.ts";

/** A leader with leases 1 and 2 of ten seconds; `confirm` answers what it asks the quorum. */
function fixture() {
  const clock = new FakeClock();
  const common = { clock, log: silentLogger, metrics: new RecordedMetrics() };
  const lessor = Lessor.open({ ...common, backend: new MemoryBackend(), options: { minTtl: 1 } });
  const asked: ((leads: boolean) => void)[] = [];
  const revoked: bigint[] = [];
  const keeper = new LeaseKeeper({
    clock,
    lessor,
    confirmLeadership: (done) => void asked.push(done),
    proposeRevoke: (request) => void revoked.push(LeaseRevokeRequest.decode(request).id),
    proposeCheckpoint: () => {},
  });
  keeper.lead(0);
  lessor.grant(1n, 10);
  lessor.grant(2n, 10);
  return { clock, keeper, lessor, asked, revoked };
}

test("expired leases are revoked when the quorum confirms the leader, not before", () => {
  const { clock, asked, revoked } = fixture();
  clock.advance(9_900);
  assert.equal(asked.length, 0);
  clock.advance(1_100);
  assert.ok(asked.length > 0);
  assert.deepEqual(revoked, []);
  asked[0]!(true);
  assert.deepEqual(revoked.sort(), [1n, 2n]);
});

test("a deposed leader that was paused for long revokes no lease when it wakes (etcd-io/etcd#15247)", () => {
  const { clock, asked, revoked } = fixture();
  clock.advance(100_000);
  for (const answer of asked) answer(false);
  assert.ok(asked.length > 0);
  assert.deepEqual(revoked, []);
});

test("a leader that was deposed and elected again while it asked revokes nothing of what it saw before", () => {
  const { clock, keeper, asked, revoked } = fixture();
  clock.advance(11_000);
  keeper.follow();
  keeper.lead(0);
  for (const answer of asked) answer(true);
  assert.deepEqual(revoked, []);
  const before = asked.length;
  clock.advance(11_000);
  asked[before]!(true);
  assert.deepEqual(revoked.sort(), [1n, 2n]);
});
