import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { computeClusterId, computeMemberId, formatId, parseId } from "./ids.ts";
import { foundCluster, parseInitialCluster } from "./initial-cluster.ts";
import { sha1Prefix64 } from "./sha1.ts";

/** What a real etcd 3.4.23 logged as local-member-id, remote-peer-id and cluster-id for these flags. */
const observed = [
  {
    initialCluster: "default=http://localhost:2380",
    token: "etcd-cluster",
    ids: { default: "8e9e05c52164694d" },
    clusterId: "cdf818194e3a8c32",
  },
  {
    initialCluster: "default=http://127.0.0.1:32380",
    token: "etcd-cluster",
    ids: { default: "628170c800dbcee" },
    clusterId: "babc9795b64f03e3",
  },
  {
    initialCluster: "a=http://127.0.0.1:32388,a=http://127.0.0.1:32380,b=http://127.0.0.1:32381,c=https://[::1]:32382",
    token: "tok",
    ids: { a: "740b31e1b42a3060", b: "e4126f4eb6a94ceb", c: "b2540f4ec6ea24c2" },
    clusterId: "234eb134ee1fb4ea",
  },
];
for (const { initialCluster, token, ids, clusterId } of observed)
  test(`ids of ${initialCluster} are those of etcd`, () => {
    const cluster = parseInitialCluster(initialCluster);
    assert.ok(cluster.ok);
    const founding = foundCluster(cluster.value, token);
    assert.ok(founding.ok);
    const byName = Object.fromEntries(founding.value.members.map((member) => [member.name, formatId(member.id)]));
    assert.deepEqual({ ...byName }, ids);
    assert.equal(formatId(founding.value.clusterId), clusterId);
  });

test("the order in which addresses and members are named does not matter, the token and the moment do", () => {
  const id = (urls: string[], token = "t", unixSeconds?: number) => computeMemberId(urls, { token, unixSeconds });
  assert.equal(id(["http://b:1", "http://a:1"]), id(["http://a:1", "http://b:1"]));
  assert.notEqual(id(["http://a:1"]), id(["http://a:1"], "u"));
  assert.notEqual(id(["http://a:1"]), id(["http://a:1"], "t", 1));
  assert.equal(id(["http://a:1"], "t", 1.9), id(["http://a:1"], "t", 1));
  assert.equal(computeClusterId([3n, 1n, 2n]), computeClusterId([1n, 2n, 3n]));
});

test("ids print in hexadecimal without leading zeros and read back", () => {
  assert.equal(formatId(0x628170c800dbceen), "628170c800dbcee");
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (id) => assert.equal(parseId(formatId(id)), id)));
  for (const text of ["", "g", "-1", "0x1", "12345678901234567"]) assert.equal(parseId(text), undefined);
});

test("sha1Prefix64() is the start of SHA-1", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (message) => {
      const expected = createHash("sha1").update(message).digest().readBigUInt64BE(0);
      assert.equal(sha1Prefix64(message), expected);
    }),
  );
});
