import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReadonlyMember } from "../membership/index.ts";
import { silentLogger } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { clusterVersionOf, VersionMonitor } from "./version-monitor.ts";

/** Member 1 of three, with release 3.7.1; `releases` are what the others answer. */
function fixture(releases: Record<string, string>, clusterVersion: string | undefined) {
  const clock = new FakeClock();
  const members = [1n, 2n, 3n].map(
    (id): ReadonlyMember => ({ id, name: "", peerUrls: [], clientUrls: [], isLearner: false }),
  );
  const membership = { members, clusterVersion };
  const state = { isLeader: true, proposed: [] as string[] };
  const monitor = new VersionMonitor({
    memberId: 1n,
    version: "3.7.1",
    membership,
    network: {
      request: async (id) => {
        const release = releases[String(id)];
        if (release === undefined) throw new Error("unreachable");
        const [shown = "", real] = release.split(" really ");
        const body = new TextEncoder().encode(
          shown.startsWith("0.") ? "2" : JSON.stringify({ etcdserver: shown, etcdcluster: "not_decided" }),
        );
        return { status: 200, headers: real === undefined ? {} : { "x-server-release": real }, body };
      },
    },
    clock,
    log: silentLogger,
    isLeader: () => state.isLeader,
    propose: async (version) => {
      state.proposed.push(version);
      membership.clusterVersion = version;
    },
  });
  const pass = async (ms: number) => {
    for (let at = 0; at < ms; at += 100) {
      clock.advance(100);
      for (let hop = 0; hop < 20; hop++) await undefined;
    }
  };
  return { releases, state, monitor, pass };
}

test("the cluster's version is the lowest minor release of all members", async () => {
  const { state, monitor, pass } = fixture({ 2: "3.6.5", 3: "3.7.0" }, undefined);
  monitor.look();
  await pass(100);
  assert.deepEqual(state.proposed, ["3.6.0"]);
});

test("members that pass for older releases count as what they are, and the cluster has its version at once", async () => {
  const { state, monitor, pass } = fixture({ 2: "2.3.8 really 3.7.1", 3: "0.4.9 really 3.7.1" }, undefined);
  monitor.look();
  await pass(100);
  assert.deepEqual(state.proposed, ["3.7.0"]);
});

test("while somebody does not tell, a new cluster starts with the oldest version, and an old one keeps its own", async () => {
  const fresh = fixture({ 2: "3.7.0" }, undefined);
  fresh.monitor.look();
  await fresh.pass(100);
  assert.deepEqual(fresh.state.proposed, ["3.0.0"]);
  const old = fixture({ 2: "3.7.0" }, "3.6.0");
  old.monitor.look();
  await old.pass(20_000);
  assert.deepEqual(old.state.proposed, []);
});

test("the version is raised when the last old member has been replaced, and never lowered", async () => {
  const { releases, state, monitor, pass } = fixture({ 2: "3.6.5", 3: "3.7.0" }, "3.6.0");
  monitor.look();
  await pass(6_000);
  assert.deepEqual(state.proposed, []);
  releases["2"] = "3.7.3";
  await pass(6_000);
  assert.deepEqual(state.proposed, ["3.7.0"]);
  releases["3"] = "3.5.9";
  await pass(20_000);
  assert.deepEqual(state.proposed, ["3.7.0"]);
});

test("a follower decides nothing, and after the stop nobody does", async () => {
  const { state, monitor, pass } = fixture({ 2: "3.7.0", 3: "3.7.0" }, undefined);
  state.isLeader = false;
  monitor.look();
  await pass(6_000);
  monitor.stop();
  state.isLeader = true;
  await pass(6_000);
  assert.deepEqual(state.proposed, []);
});

test("releases are compared as numbers", () => {
  assert.equal(clusterVersionOf("3.10.2"), "3.10.0");
});
