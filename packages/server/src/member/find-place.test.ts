import assert from "node:assert/strict";
import { test } from "node:test";
import { parseInitialCluster, type ReadonlyMember } from "../membership/index.ts";
import { findPlace } from "./find-place.ts";

const urls = ["http://10.0.0.1:2380", "http://10.0.0.2:2380", "http://10.0.0.3:2380"] as const;

function memberOf(index: number, { id, name }: { id: bigint; name: string }): ReadonlyMember {
  return { id, name, peerUrls: [urls[index]!], clientUrls: name === "" ? [] : ["http://c"], isLearner: false };
}

/** A cluster of three as somebody knows it who tells this of the third. */
function clusterWith(third: ReadonlyMember) {
  const members = [memberOf(0, { id: 1n, name: "m0" }), memberOf(1, { id: 2n, name: "m1" }), third];
  return { clusterId: 77n, members };
}

const waiting = clusterWith(memberOf(2, { id: 10n, name: "" }));
const former = clusterWith(memberOf(2, { id: 9n, name: "m2" }));
const formerUnstarted = clusterWith(memberOf(2, { id: 9n, name: "" }));

/** The id that the third takes, or why it takes none. */
function idAmong(...answers: (typeof waiting)[]): bigint | string {
  const cluster = parseInitialCluster(urls.map((url, index) => `m${index}=${url}`).join(","));
  assert.ok(cluster.ok);
  const place = findPlace(answers, { name: "m2", cluster: cluster.value });
  return place.ok ? place.value.self.id : place.error;
}

test("a member joins in the place that waits for it", () => {
  assert.equal(idAmong(waiting, waiting), 10n);
});

test("a member that joins does not take the id of a former one that somebody who is behind still knows", () => {
  assert.equal(idAmong(former, waiting), 10n);
  assert.equal(idAmong(waiting, former), 10n);
});

test("a member with an empty disk is refused while its place has been started before", () => {
  assert.equal(idAmong(former), "member 9 has already been bootstrapped");
});

test("a member is refused while the others do not agree on its id", () => {
  assert.match(String(idAmong(formerUnstarted, waiting)), /do not agree on the id of this one/);
});
