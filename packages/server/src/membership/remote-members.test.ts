import assert from "node:assert/strict";
import { test } from "node:test";
import { parseInitialCluster } from "./initial-cluster.ts";
import { decodeMembers, encodeMembers, findSelf } from "./remote-members.ts";
import type { ResolvedUrls } from "./resolved-urls.ts";

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
  const found = findSelf(members, { cluster: cluster("m1=http://a:1,new=http://b:3,new=http://b:1"), name: "new" });
  assert.deepEqual(found, { ok: true, value: members[1] });
});

test("a member whose idea of the cluster is another one does not join", () => {
  const few = findSelf(members, { cluster: cluster("m1=http://a:1"), name: "m1" });
  assert.deepEqual(few, { ok: false, error: "error validating peerURLs: member count is unequal" });
  const other = findSelf(members, { cluster: cluster("m1=http://a:1,new=http://c:1"), name: "new" });
  const error = "error validating peerURLs: PeerURLs: no match found for existing member (5, [http://b:1 http://b:3])";
  assert.deepEqual(other, { ok: false, error });
});

test("a member that joins finds itself by what its addresses mean, and by each address once", () => {
  const byText = new Map(["a:1", "alias:1", "b:1", "b:3"].map((one) => [`http://${one}`, `http://${one}`]));
  const own = cluster("m1=http://alias:1,new=http://b:3,new=http://b:1");
  const findWith = (resolved: ResolvedUrls) => findSelf(members, { cluster: own, name: "new", resolved });
  const failure = "lookup alias: no such host";
  const lost = findWith({ byText, failure });
  assert.match(
    lost.ok ? "" : lost.error,
    /existing member \(f5121792235e72bf, \[http:\/\/a:1\]\), last resolver error \(lookup alias/,
  );
  byText.set("http://alias:1", "http://a:1");
  assert.deepEqual(findWith({ byText, failure: undefined }), { ok: true, value: members[1] });
  const twins = [members[0]!, { ...members[0]!, id: 6n }];
  const twice = findSelf(twins, { cluster: cluster("m1=http://a:1,new=http://b:1"), name: "new" });
  assert.equal(twice.ok, false);
});
