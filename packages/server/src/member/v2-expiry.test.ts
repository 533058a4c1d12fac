import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../testing/index.ts";
import { V2Expiry } from "./v2-expiry.ts";

/** A leader whose proposals are answered by hand. */
function expiry() {
  const clock = new FakeClock();
  const proposed: (() => void)[] = [];
  const leader = new V2Expiry({
    clock,
    v2: { hasTtlKeys: true },
    propose: (_request, done) => void proposed.push(done),
  });
  return { clock, proposed, leader };
}

test("the time is proposed twice a second, but not while the last proposal is on its way", () => {
  const { clock, proposed, leader } = expiry();
  leader.lead();
  clock.advance(2_000);
  assert.equal(proposed.length, 1);
  proposed[0]!();
  clock.advance(500);
  assert.equal(proposed.length, 2);
});

test("who leads again does not wait for a proposal that was lost with the leadership before", () => {
  const { clock, proposed, leader } = expiry();
  leader.lead();
  clock.advance(500);
  leader.follow();
  leader.lead();
  clock.advance(500);
  assert.equal(proposed.length, 2);
  // The answer to the lost one, its timeout, says nothing about the new one.
  proposed[0]!();
  clock.advance(500);
  assert.equal(proposed.length, 2);
});
