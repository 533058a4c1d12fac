import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { buckets } from "../ports/index.ts";
import { MemoryBackend } from "../testing/index.ts";
import type { ReadonlyMember } from "./member-json.ts";
import { Membership, type MembershipChange, MembershipCorruptionError } from "./membership.ts";
import { canAddVoter, canPromote, canRemoveVoter } from "./quorum-safety.ts";

const bytes = (value: string) => new TextEncoder().encode(value);
const text = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value);

function newMember(id: bigint, { isLearner = false, name = "" } = {}): ReadonlyMember {
  return { id, name, peerUrls: [`http://m${id}:2380`], clientUrls: [], isLearner };
}

function start({ maxLearners = 1 } = {}) {
  const backend = new MemoryBackend();
  const open = () => new Membership({ backend, maxLearners });
  return { backend, open, membership: open() };
}

test("members are sorted by id, and a list handed out does not change", () => {
  const { membership } = start();
  membership.apply({ type: "add", member: newMember(2n ** 63n) });
  const before = membership.members;
  membership.apply({ type: "add", member: newMember(5n) });
  assert.deepEqual(
    membership.members.map((member) => member.id),
    [5n, 2n ** 63n],
  );
  assert.equal(before.length, 1);
});

test("the buckets hold what etcd would write", () => {
  const { backend, membership } = start();
  membership.apply({ type: "add", member: newMember(0xabn) });
  membership.apply({ type: "add", member: newMember(0xcdn) });
  membership.apply({ type: "remove", id: 0xcdn });
  membership.setAttributes(0xabn, { name: "m1", clientUrls: ["http://c:1"] });
  membership.setClusterVersion("3.7.0");
  membership.setDowngrade({ targetVersion: "3.6.0", enabled: true });
  assert.equal(
    text(backend.get(buckets.members, bytes("ab"))),
    '{"id":171,"peerURLs":["http://m171:2380"],"name":"m1","clientURLs":["http://c:1"]}',
  );
  assert.equal(backend.get(buckets.members, bytes("cd")), undefined);
  assert.equal(text(backend.get(buckets.membersRemoved, bytes("cd"))), "removed");
  assert.equal(text(backend.get(buckets.cluster, bytes("clusterVersion"))), "3.7.0");
  assert.equal(text(backend.get(buckets.cluster, bytes("downgrade"))), '{"target-version":"3.6.0","enabled":true}');
});

test("refusals are etcd's", () => {
  const { membership } = start();
  membership.apply({ type: "add", member: newMember(1n) });
  membership.apply({ type: "add", member: newMember(2n, { isLearner: true }) });
  membership.apply({ type: "add", member: newMember(3n) });
  membership.apply({ type: "remove", id: 3n });
  const taken = { ...newMember(9n), peerUrls: ["http://m1:2380"] };
  const cases: readonly (readonly [MembershipChange, string | undefined])[] = [
    [{ type: "add", member: newMember(1n) }, "membershipIdExists"],
    [{ type: "add", member: newMember(3n) }, "membershipIdRemoved"],
    [{ type: "add", member: taken }, "membershipPeerUrlExists"],
    [{ type: "add", member: newMember(4n, { isLearner: true }) }, "membershipTooManyLearners"],
    [{ type: "add", member: newMember(4n) }, undefined],
    [{ type: "promote", id: 1n }, "membershipNotLearner"],
    [{ type: "promote", id: 7n }, "membershipIdNotFound"],
    [{ type: "promote", id: 2n }, undefined],
    [{ type: "remove", id: 7n }, "membershipIdNotFound"],
    [{ type: "remove", id: 3n }, "membershipIdRemoved"],
    [{ type: "update", id: 7n, peerUrls: [] }, "membershipIdNotFound"],
    [{ type: "update", id: 2n, peerUrls: ["http://m1:2380"] }, "membershipPeerUrlExists"],
    [{ type: "update", id: 1n, peerUrls: ["http://m1:2380"] }, undefined],
  ];
  for (const [change, refusal] of cases)
    assert.equal(
      membership.validate(change),
      refusal,
      JSON.stringify(change, (_, v) => (typeof v === "bigint" ? `${v}` : v)),
    );
  assert.throws(() => membership.apply({ type: "promote", id: 1n }), /does not hold/);
});

test("new addresses leave a learner a learner", () => {
  const { membership } = start();
  membership.apply({ type: "add", member: newMember(1n, { isLearner: true }) });
  membership.apply({ type: "update", id: 1n, peerUrls: ["http://x:1"] });
  assert.deepEqual([membership.member(1n)!.isLearner, membership.member(1n)!.peerUrls], [true, ["http://x:1"]]);
});

test("an announcement of a removed member is dropped, one of a stranger is a bug", () => {
  const { membership } = start();
  membership.apply({ type: "add", member: newMember(1n) });
  membership.apply({ type: "remove", id: 1n });
  membership.setAttributes(1n, { name: "late", clientUrls: [] });
  assert.deepEqual(membership.members, []);
  assert.throws(() => membership.setAttributes(2n, { name: "x", clientUrls: [] }), /never a member/);
});

test("any history is the same after a restart, and agrees with a naive model", () => {
  const id = fc.bigInt({ min: 1n, max: 6n });
  const change: fc.Arbitrary<MembershipChange> = fc.oneof(
    fc.record({
      type: fc.constant("add" as const),
      member: fc.tuple(id, fc.boolean()).map(([one, isLearner]) => newMember(one, { isLearner })),
    }),
    fc.record({ type: fc.constant("promote" as const), id }),
    fc.record({ type: fc.constant("remove" as const), id }),
    fc.record({
      type: fc.constant("update" as const),
      id,
      peerUrls: fc.constantFrom(["http://m1:2380"], ["http://z:1"]),
    }),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const { membership, open } = start({ maxLearners: 2 });
      const model = new Map<bigint, ReadonlyMember>();
      const gone = new Set<bigint>();
      for (const one of changes) {
        if (membership.validate(one) !== undefined) continue;
        membership.apply(one);
        if (one.type === "add") model.set(one.member.id, one.member);
        else if (one.type === "promote") model.set(one.id, { ...model.get(one.id)!, isLearner: false });
        else if (one.type === "update") model.set(one.id, { ...model.get(one.id)!, peerUrls: one.peerUrls });
        else gone.add(one.id) && model.delete(one.id);
      }
      const expected = [...model.values()].sort((left, right) => (left.id < right.id ? -1 : 1));
      for (const state of [membership, open()]) {
        assert.deepEqual(state.members, expected);
        for (let n = 1n; n <= 6n; n++) assert.equal(state.isRemoved(n), gone.has(n));
      }
      assert.ok(membership.members.filter((member) => member.isLearner).length <= 2);
    }),
  );
});

test("version and downgrade survive a restart", () => {
  const { membership, open } = start();
  assert.deepEqual([membership.clusterVersion, membership.downgrade.enabled], [undefined, false]);
  membership.setClusterVersion("3.7.0");
  membership.setDowngrade({ targetVersion: "3.6.0", enabled: true });
  assert.equal(open().clusterVersion, "3.7.0");
  assert.deepEqual(open().downgrade, { targetVersion: "3.6.0", enabled: true });
});

test("damaged data is reported with bucket and key", () => {
  const broken = (bucket: "members" | "members_removed" | "cluster", key: string) => {
    const { backend, open } = start();
    backend.put(bucket, bytes(key), bytes("?"));
    assert.throws(
      open,
      (error) => error instanceof MembershipCorruptionError && error.bucket === bucket && error.key === key,
    );
  };
  broken("members", "ab");
  broken("members", "not hex");
  broken("members_removed", "zz");
  broken("cluster", "downgrade");
});

test("strict reconfiguration keeps a quorum of started members", () => {
  const up = (id: bigint) => newMember(id, { name: `m${id}` });
  const down = (id: bigint) => newMember(id);
  const learner = newMember(9n, { isLearner: true });
  assert.ok(canAddVoter([up(1n)]));
  assert.ok(!canAddVoter([up(1n), down(2n)]));
  assert.ok(canAddVoter([up(1n), up(2n)]));
  assert.ok(!canAddVoter([up(1n), up(2n), down(3n)].slice(1)));
  assert.ok(canAddVoter([up(1n), up(2n), learner]));
  assert.ok(!canRemoveVoter([up(1n), down(2n)], 1n));
  assert.ok(canRemoveVoter([up(1n), down(2n)], 2n));
  assert.ok(canRemoveVoter([up(1n), up(2n), down(3n)], 3n));
  assert.ok(!canRemoveVoter([up(1n)], 1n));
  assert.ok(canPromote([up(1n), learner]));
  assert.ok(!canPromote([down(1n), down(2n), learner]));
});
