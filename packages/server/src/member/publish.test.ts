import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../testing/fake-clock.ts";
import type { Member } from "./member.ts";
import { proposeVersion, publishSelf } from "./publish.ts";

/** A member of a cluster of a version; `log` is what it proposed. */
function fixture(clusterVersion: string | undefined) {
  const log: string[] = [];
  const clock = new FakeClock();
  const state = { decided: clusterVersion !== undefined, hasLeader: true };
  const membership = { clusterVersion };
  const member = {
    memberId: 0x8en,
    options: { name: "m1", heartbeatMs: 100, advertiseClientUrls: ["http://127.0.0.1:2379"] },
    membership,
    failure: undefined,
    stopping: false,
    cluster: { versionDecided: () => (state.decided ? Promise.resolve() : new Promise<void>(() => {})) },
    propose: (field: string, _raw: Uint8Array, done: (error: Error | undefined, response: undefined) => void) => {
      log.push(field);
      done(state.hasLeader ? undefined : new Error("no leader"), undefined);
    },
    proposeV2: (request: { path: string; val: string }, done: (error: undefined, response: undefined) => void) => {
      log.push(`${request.path} ${request.val}`);
      done(undefined, undefined);
    },
  } as unknown as Member;
  return { member, log, clock, state };
}

test("a member of a cluster that etcd 3.4 may belong to publishes itself by a write to the v2 tree: 3.4 panics at the request of v3", async () => {
  const { member, log, clock } = fixture("3.4.0");
  await publishSelf(member, clock);
  assert.deepEqual(log, ['/0/members/8e/attributes {"name":"m1","clientURLs":["http://127.0.0.1:2379"]}']);
});

test("once all members are of 3.5 or later, a member publishes itself by the request of v3", async () => {
  for (const version of ["3.5.0", "3.7.0"]) {
    const { member, log, clock } = fixture(version);
    await publishSelf(member, clock);
    assert.deepEqual(log, ["clusterMemberAttrSet"]);
  }
});

test("while the cluster has no version, nobody can tell who is there, and nothing is published", async () => {
  const { member, log, clock } = fixture(undefined);
  void publishSelf(member, clock);
  for (let hop = 0; hop < 10; hop++) await undefined;
  assert.deepEqual(log, []);
});

test("a member whose proposals are refused at once, for want of a leader, lets others have their turn before it tries again", async () => {
  const { member, log, clock, state } = fixture("3.5.0");
  state.hasLeader = false;
  const published = publishSelf(member, clock);
  for (let hop = 0; hop < 100; hop++) await undefined;
  assert.deepEqual(log, ["clusterMemberAttrSet"]);
  state.hasLeader = true;
  clock.advance(99);
  for (let hop = 0; hop < 100; hop++) await undefined;
  assert.equal(log.length, 1);
  clock.advance(1);
  await published;
  assert.equal(log.length, 2);
});

test("a version of the cluster is written in the form that all members of that version know", async () => {
  const { member, log } = fixture(undefined);
  for (const version of ["3.0.0", "3.4.0", "3.5.0"]) await proposeVersion(member, version);
  assert.deepEqual(log, ["/0/version 3.0.0", "/0/version 3.4.0", "clusterVersionSet"]);
});
