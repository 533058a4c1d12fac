import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { buckets, silentLogger } from "../ports/index.ts";
import { FakeClock, MemoryBackend, RecordedMetrics, SeededRandom } from "../testing/index.ts";
import { chooseLeaseId, LeaseCorruptError, Lessor, type LessorOptions, minLeaseTtl } from "./index.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const texts = (keys: Uint8Array[] | undefined): string[] | undefined =>
  keys?.map((key) => new TextDecoder().decode(key));

function setUp(options: Partial<LessorOptions> = {}) {
  const parts = {
    backend: new MemoryBackend(),
    clock: new FakeClock(),
    log: silentLogger,
    metrics: new RecordedMetrics(),
  };
  const open = (): Lessor => Lessor.open({ ...parts, options: { minTtl: 2, ...options } });
  return { ...parts, open, lessor: open() };
}

describe("grant()", () => {
  test("raises a TTL to the least and refuses one above the longest", () => {
    const { lessor } = setUp();
    const ttls = [1, 0, -1, 2, 3, 9_000_000_000].map((ttl, i) => lessor.grant(BigInt(i + 1), ttl));
    assert.deepEqual(
      ttls.map((each) => each.outcome === "granted" && each.ttl),
      [2, 2, 2, 2, 3, 9_000_000_000],
    );
    assert.deepEqual(lessor.grant(7n, 9_000_000_001), { outcome: "leaseTtlTooLarge" });
    assert.equal(lessor.exists(7n), false);
  });

  test("refuses an id in use and the id 0, takes negative and extreme ones", () => {
    const { lessor } = setUp();
    for (const id of [-7n, 2n ** 63n - 1n, -(2n ** 63n)]) assert.equal(lessor.grant(id, 60).outcome, "granted");
    assert.deepEqual(lessor.grant(-7n, 60), { outcome: "leaseExists" });
    assert.deepEqual(lessor.grant(0n, 60), { outcome: "leaseNotFound" });
  });

  test("the least TTL is one and a half election timeouts, rounded up", () => {
    assert.equal(minLeaseTtl({ electionTicks: 10, tickMs: 100 }), 2);
    assert.equal(minLeaseTtl({ electionTicks: 50, tickMs: 100 }), 8);
    assert.equal(minLeaseTtl({ electionTicks: 5, tickMs: 10 }), 1);
  });

  test("a chosen id is positive, above 2^32 and free", () => {
    const random = new SeededRandom(1);
    const seen = new Set<bigint>();
    for (let i = 0; i < 1000; i++) seen.add(chooseLeaseId(random, (id) => seen.has(id)));
    assert.equal(seen.size, 1000);
    for (const id of seen) assert.ok(id > 2n ** 32n && id < 2n ** 63n);
    const small = [5n, 2n ** 63n, 2n ** 40n, 2n ** 41n];
    const scripted = { below: () => 0, uint64: () => small.shift()! };
    assert.equal(
      chooseLeaseId(scripted, (id) => id === 2n ** 40n),
      2n ** 41n,
    );
  });
});

describe("keys of a lease", () => {
  test("a key hangs on the lease of its last put, and revoke() returns what is left, sorted", () => {
    const { lessor } = setUp();
    lessor.grant(1n, 60);
    lessor.grant(2n, 60);
    for (const key of ["b", "a", "ab", "c", "d"]) assert.equal(lessor.attach(1n, bytes(key)), true);
    lessor.attach(2n, bytes("c"));
    lessor.detach(bytes("d"));
    lessor.detach(bytes("never attached"));
    assert.deepEqual(texts(lessor.keys(1n)), ["a", "ab", "b"]);
    assert.equal(lessor.leaseOf(bytes("c")), 2n);
    assert.equal(lessor.leaseOf(bytes("d")), undefined);
    assert.deepEqual(texts(lessor.revoke(1n)), ["a", "ab", "b"]);
    assert.equal(lessor.leaseOf(bytes("a")), undefined);
    assert.equal(lessor.revoke(1n), undefined);
    assert.equal(lessor.attach(1n, bytes("a")), false);
    assert.deepEqual(texts(lessor.timeToLive(2n, { keys: true })?.keys), ["c"]);
  });

  test("keys sort by their bytes, also above 127", () => {
    const { lessor } = setUp();
    lessor.grant(1n, 60);
    for (const byte of [200, 3, 128, 255, 127]) lessor.attach(1n, Uint8Array.of(byte));
    assert.deepEqual(
      lessor.keys(1n).map(([byte]) => byte),
      [3, 127, 128, 200, 255],
    );
  });

  test("a lease granted again under an old id has no keys", () => {
    const { lessor } = setUp();
    lessor.grant(1n, 60);
    lessor.attach(1n, bytes("a"));
    lessor.revoke(1n);
    lessor.grant(1n, 60);
    assert.deepEqual(lessor.keys(1n), []);
  });
});

describe("expiry", () => {
  test("only a leader counts down, and starts with the full TTL plus the extension", () => {
    const { lessor, clock } = setUp();
    lessor.grant(1n, 10);
    clock.advance(60_000);
    assert.deepEqual(lessor.expired(clock.nowMs()), []);
    assert.deepEqual(lessor.keepAlive(1n), { outcome: "notLeader" });
    lessor.promote(1500);
    assert.equal(lessor.timeToLive(1n)?.ttl, 11);
    clock.advance(11_499);
    assert.deepEqual(lessor.expired(clock.nowMs()), []);
    clock.advance(1);
    assert.deepEqual(lessor.expired(clock.nowMs()), [1n]);
    lessor.demote();
    assert.deepEqual(lessor.expired(clock.nowMs()), []);
    assert.equal(lessor.timeToLive(1n)?.ttl, 10);
  });

  test("a renewed lease outlives its TTL, and its renewal answers the granted TTL", () => {
    const { lessor, clock, metrics } = setUp();
    lessor.promote(0);
    lessor.grant(1n, 2);
    for (let i = 0; i < 5; i++) {
      clock.advance(1900);
      assert.deepEqual(lessor.expired(clock.nowMs()), []);
      assert.deepEqual(lessor.keepAlive(1n), { outcome: "renewed", ttl: 2, withdrawCheckpoint: false });
    }
    clock.advance(2000);
    assert.deepEqual(lessor.expired(clock.nowMs()), [1n]);
    assert.equal(metrics.value("etcd_debugging_lease_renewed_total"), 5);
  });

  test("an expired lease is not renewed, neither before nor after its revocation is proposed", () => {
    const { lessor, clock } = setUp();
    lessor.promote(0);
    lessor.grant(1n, 2);
    clock.advance(2000);
    assert.deepEqual(lessor.keepAlive(1n), { outcome: "leaseNotFound" });
    assert.equal(lessor.timeToLive(1n), undefined);
    assert.deepEqual(lessor.expired(clock.nowMs()), [1n]);
    assert.deepEqual(lessor.keepAlive(1n), { outcome: "leaseNotFound" });
    lessor.revoke(1n);
    assert.deepEqual(lessor.keepAlive(1n), { outcome: "leaseNotFound" });
  });

  test("a lease whose revocation was lost is offered again after a pause, a new leader starts it anew", () => {
    const { lessor, clock } = setUp();
    lessor.promote(0);
    lessor.grant(1n, 2);
    clock.advance(2000);
    assert.deepEqual(lessor.expired(clock.nowMs()), [1n]);
    clock.advance(2999);
    assert.deepEqual(lessor.expired(clock.nowMs()), []);
    clock.advance(1);
    assert.deepEqual(lessor.expired(clock.nowMs()), [1n]);
    lessor.promote(0);
    assert.equal(lessor.keepAlive(1n).outcome, "renewed");
  });

  test("expired() names the soonest first and no more than asked for", () => {
    const { lessor, clock } = setUp();
    lessor.promote(0);
    for (const ttl of [9, 3, 7, 5]) lessor.grant(BigInt(ttl), ttl);
    assert.deepEqual(lessor.leases(), [3n, 5n, 7n, 9n]);
    clock.advance(60_000);
    assert.deepEqual(lessor.expired(clock.nowMs(), 3), [3n, 5n, 7n]);
    assert.deepEqual(lessor.expired(clock.nowMs(), 3), [9n]);
  });

  test("the expired counter counts revocations of leases that ran out, not those of clients", () => {
    const { lessor, clock, metrics } = setUp();
    lessor.promote(0);
    lessor.grant(1n, 2);
    lessor.grant(2n, 60);
    clock.advance(2000);
    for (const id of lessor.expired(clock.nowMs())) lessor.revoke(id);
    lessor.revoke(2n);
    assert.equal(metrics.value("etcd_debugging_server_lease_expired_total"), 1);
    assert.equal(metrics.value("etcd_debugging_lease_revoked_total"), 2);
    assert.equal(metrics.value("etcd_debugging_lease_granted_total"), 2);
  });

  test("after a change of leader no second has more expiries than allowed, and none comes early", () => {
    const { lessor, clock } = setUp({ expiriesPerSecond: 10 });
    for (let i = 1; i <= 95; i++) lessor.grant(BigInt(i), i <= 90 ? 5 : 30);
    lessor.promote(0);
    assert.deepEqual(lessor.expired(4999), []);
    const perSecond: number[] = [];
    for (let second = 5; second < 40; second++) {
      clock.advance(second * 1000 + 999 - clock.nowMs());
      const ids = lessor.expired(clock.nowMs());
      for (const id of ids) lessor.revoke(id);
      perSecond.push(ids.length);
    }
    assert.deepEqual(perSecond.slice(0, 10), [10, 10, 10, 10, 10, 10, 10, 10, 10, 0]);
    assert.equal(perSecond[25], 5);
    assert.equal(lessor.size, 0);
  });
});

describe("restart and checkpoints", () => {
  test("a reopened store has the same leases with their full TTL", () => {
    const { lessor, open } = setUp();
    lessor.grant(1n, 60);
    lessor.grant(-5n, 90);
    lessor.grant(3n, 20);
    lessor.revoke(3n);
    const again = open();
    assert.deepEqual(again.leases().sort(), [-5n, 1n]);
    again.promote(0);
    assert.equal(again.timeToLive(-5n)?.ttl, 90);
    assert.equal(again.attach(1n, bytes("a")), true);
  });

  test("a long lease is checkpointed while it runs down, and the next leader goes on from there", () => {
    const { lessor, clock, open } = setUp();
    lessor.promote(0);
    lessor.grant(1n, 1000);
    lessor.grant(2n, 300);
    clock.advance(299_999);
    assert.deepEqual(lessor.dueCheckpoints(clock.nowMs()), []);
    clock.advance(1);
    const due = lessor.dueCheckpoints(clock.nowMs());
    assert.deepEqual(due, [{ id: 1n, remainingTtl: 700 }]);
    for (const { id, remainingTtl } of due) lessor.checkpoint(id, remainingTtl);
    assert.deepEqual(lessor.dueCheckpoints(clock.nowMs()), []);
    assert.equal(lessor.timeToLive(1n)?.ttl, 700);
    const next = open();
    next.promote(0);
    assert.equal(next.timeToLive(1n)?.ttl, 700);
    assert.equal(next.timeToLive(1n)?.grantedTtl, 1000);
  });

  test("renewing a checkpointed lease asks to withdraw the checkpoint", () => {
    const { lessor, clock, open } = setUp();
    lessor.promote(0);
    lessor.grant(1n, 1000);
    lessor.checkpoint(1n, 400);
    assert.deepEqual(lessor.keepAlive(1n), { outcome: "renewed", ttl: 1000, withdrawCheckpoint: true });
    assert.deepEqual(lessor.dueCheckpoints(clock.nowMs()), [{ id: 1n, remainingTtl: 0 }]);
    lessor.checkpoint(1n, 0);
    assert.deepEqual(lessor.keepAlive(1n), { outcome: "renewed", ttl: 1000, withdrawCheckpoint: false });
    const next = open();
    next.promote(0);
    assert.equal(next.timeToLive(1n)?.ttl, 1000);
  });

  test("a checkpoint never lengthens a lease, and one for an unknown lease is ignored", () => {
    const { lessor } = setUp();
    lessor.grant(1n, 100);
    assert.equal(lessor.checkpoint(1n, 5000), true);
    assert.equal(lessor.timeToLive(1n)?.ttl, 100);
    assert.equal(lessor.checkpoint(2n, 50), false);
  });

  test("checkpoints can be turned off", () => {
    const { lessor, clock } = setUp({ checkpointIntervalMs: 0 });
    lessor.promote(0);
    lessor.grant(1n, 1000);
    clock.advance(900_000);
    assert.deepEqual(lessor.dueCheckpoints(clock.nowMs()), []);
  });

  test("a record that cannot be read stops the start", () => {
    const { backend, open } = setUp();
    backend.put(buckets.lease, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9), Uint8Array.of(8, 8, 16, 60));
    assert.throws(open, LeaseCorruptError);
  });
});
