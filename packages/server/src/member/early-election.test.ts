import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { EarlyElection } from "./early-election.ts";

/** Member 1, led by 2, which draws 40 ms out of 100. */
function follower({ preVote = true, leader = 2n } = {}) {
  const clock = new FakeClock();
  const facts = { leader, campaigns: 0 };
  const early = new EarlyElection({
    memberId: 1n,
    clock,
    random: { below: (bound) => bound * 0.4 },
    log: silentLogger,
    options: { electionMs: 1000, preVote },
    leaderId: () => facts.leader,
    forgetLeader: () => {
      facts.leader = 0n;
    },
    campaign: () => {
      facts.campaigns++;
    },
  });
  return { clock, facts, early };
}

test("a follower whose leader's process has ended stands after a random part of a tenth of an election timeout", () => {
  const { clock, facts, early } = follower();
  early.gone(2n);
  early.gone(2n);
  assert.equal(facts.leader, 0n);
  clock.advance(39);
  assert.equal(facts.campaigns, 0);
  clock.advance(1);
  assert.equal(facts.campaigns, 1);
});

test("a leader that is heard after all calls the election off", () => {
  const { clock, facts, early } = follower();
  early.gone(2n);
  facts.leader = 2n;
  clock.advance(1000);
  assert.equal(facts.campaigns, 0);
});

test("nothing is done early for another peer, for a leader itself, without pre-vote, or after the stop", () => {
  const other = follower();
  other.early.gone(3n);
  const self = follower({ leader: 1n });
  self.early.gone(1n);
  const plain = follower({ preVote: false });
  plain.early.gone(2n);
  const stopped = follower();
  stopped.early.gone(2n);
  stopped.early.stop();
  for (const { clock } of [other, self, plain, stopped]) clock.advance(1000);
  assert.deepEqual(
    [other, self, plain, stopped].map(({ facts }) => facts.campaigns),
    [0, 0, 0, 0],
  );
  assert.deepEqual(
    [other, self, plain].map(({ facts }) => facts.leader),
    [2n, 1n, 2n],
  );
});
