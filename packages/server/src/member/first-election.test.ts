import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReadonlyMember } from "../membership/index.ts";
import { silentLogger } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { FirstElection } from "./first-election.ts";

const members = [1n, 2n, 3n].map((id): ReadonlyMember => {
  return { id, name: `m${id}`, peerUrls: [], clientUrls: [], isLearner: false };
});

/** Member 1 of three, with what its election timeout is moved by. */
function started({ advance = true, active = [] as bigint[], leader = 0n }) {
  const clock = new FakeClock();
  const facts = { active: new Set(active), leader, ticks: 0, atMs: 0 };
  const first = new FirstElection({
    memberId: 1n,
    membership: { members },
    network: { activeSinceMs: (id) => (facts.active.has(id) ? 0 : undefined) },
    clock,
    log: silentLogger,
    options: { initialElectionTickAdvance: advance, electionMs: 1000, heartbeatMs: 100 },
    leaderId: () => facts.leader,
    tick: () => {
      facts.ticks++;
      facts.atMs = clock.nowMs();
    },
  });
  const startMs = clock.nowMs();
  first.start();
  return { clock, facts, first, sinceMs: () => facts.atMs - startMs };
}

test("once two peers are connected all ticks but two are let pass, once", () => {
  const { clock, facts, sinceMs } = started({ active: [2n] });
  clock.advance(400);
  assert.equal(facts.ticks, 0);
  facts.active.add(3n);
  clock.advance(5_000);
  assert.deepEqual([facts.ticks, sinceMs()], [8, 450]);
});

test("nothing is moved when the flag is off, when there is a leader, when nobody comes within 5s, or after a stop", () => {
  const both = [2n, 3n];
  const off = started({ advance: false, active: both });
  const led = started({ active: both, leader: 3n });
  const late = started({});
  const stopped = started({ active: both });
  stopped.first.stop();
  for (const { clock } of [off, led, late, stopped]) clock.advance(6_000);
  late.facts.active = new Set(both);
  late.clock.advance(6_000);
  assert.deepEqual(
    [off, led, late, stopped].map(({ facts }) => facts.ticks),
    [0, 0, 0, 0],
  );
});
