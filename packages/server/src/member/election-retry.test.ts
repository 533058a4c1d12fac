import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../testing/index.ts";
import { ElectionRetry } from "./election-retry.ts";

/** A voter that draws the middle of every range. */
function fixture({ preVote = true, mayStand = true } = {}) {
  const clock = new FakeClock();
  const facts = { leader: 2n, campaigns: 0, mayStand };
  const retry = new ElectionRetry({
    clock,
    random: { below: (bound) => Math.floor(bound / 2) },
    options: { electionMs: 1000, preVote },
    leaderId: () => facts.leader,
    mayStand: () => facts.mayStand,
    campaign: () => {
      facts.campaigns++;
    },
  });
  const lose = () => {
    facts.leader = 0n;
    retry.changed();
  };
  return { clock, facts, retry, lose };
}

test("a member that knows no leader stands again after less than half an election timeout", () => {
  const { clock, facts, lose } = fixture();
  lose();
  clock.advance(324);
  assert.equal(facts.campaigns, 0);
  clock.advance(1);
  assert.equal(facts.campaigns, 1);
  clock.advance(325);
  assert.equal(facts.campaigns, 2);
});

test("it stands eight times at most, and as often again once it has had a leader", () => {
  const { clock, facts, retry, lose } = fixture();
  lose();
  for (let i = 0; i < 50; i++) clock.advance(325);
  assert.equal(facts.campaigns, 8);
  facts.leader = 3n;
  retry.changed();
  lose();
  clock.advance(325);
  assert.equal(facts.campaigns, 9);
});

test("a new term starts the time anew: whoever has just voted does not disturb the election", () => {
  const { clock, facts, retry, lose } = fixture();
  lose();
  clock.advance(300);
  retry.changed();
  clock.advance(300);
  assert.equal(facts.campaigns, 0);
});

test("a leader that is heard ends it", () => {
  const { clock, facts, retry, lose } = fixture();
  lose();
  facts.leader = 3n;
  retry.changed();
  clock.advance(5_000);
  assert.equal(facts.campaigns, 0);
});

test("learners do not stand, and without pre-vote nobody does early", () => {
  for (const options of [{ mayStand: false }, { preVote: false }]) {
    const { clock, facts, lose } = fixture(options);
    lose();
    for (let i = 0; i < 10; i++) clock.advance(500);
    assert.equal(facts.campaigns, 0);
  }
});
