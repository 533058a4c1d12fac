import assert from "node:assert/strict";
import { test } from "node:test";
import { parseInitialCluster } from "./initial-cluster.ts";
import { decodeMembers, encodeMembers, findSelf } from "./remote-members.ts";

const members = [
  { id: 0xf512_1792_235e_72bfn, name: "m1", peerUrls: ["http://a:1"], clientUrls: ["http://a:2"], isLearner: false },
  { id: 5n, name: "", peerUrls: ["http://b:1", "http://b:3"], clientUrls: [], isLearner: true },
];

function cluster(text: string) {
  const parsed = parseInitialCluster(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

test("a list of members survives the way there and back, ids beyond 2^53 included", () => {
  assert.deepEqual(decodeMembers(encodeMembers(members)), { ok: true, value: members });
  for (const text of ["", "{}", "[1]", '[{"name":"a"}]']) assert.equal(decodeMembers(text).ok, false, text);
});

test("a member that joins finds itself by its peer addresses", () => {
  const found = findSelf(cluster("m1=http://a:1,new=http://b:3,new=http://b:1"), { name: "new", members });
  assert.deepEqual(found, { ok: true, value: members[1] });
});

test("a member whose idea of the cluster is another one does not join", () => {
  const few = findSelf(cluster("m1=http://a:1"), { name: "m1", members });
  assert.deepEqual(few, { ok: false, error: "error validating peerURLs: member count is unequal" });
  const other = findSelf(cluster("m1=http://a:1,new=http://c:1"), { name: "new", members });
  assert.equal(other.ok, false);
});
