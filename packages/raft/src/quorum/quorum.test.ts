// Quorum arithmetic against models that count and enumerate.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { committedIndex, jointCommittedIndex, jointVoteResult, type Tally, VoteResult, voteResult } from "./index.ts";

const acked = fc.array(fc.nat({ max: 20 }), { maxLength: 9 });

/** The highest index that more than half of the voters have reached, found by counting for every index. */
function countedIndex(indexes: readonly number[]): number {
  let highest = 0;
  for (const candidate of indexes) {
    const reached = indexes.filter((index) => index >= candidate).length;
    if (2 * reached > indexes.length) highest = Math.max(highest, candidate);
  }
  return indexes.length === 0 ? Number.POSITIVE_INFINITY : highest;
}

test("the committed index is the highest that more than half have reached", () => {
  fc.assert(fc.property(acked, (indexes) => assert.equal(committedIndex(indexes), countedIndex(indexes))));
});

test("the committed index does not depend on the order of voters", () => {
  fc.assert(
    fc.property(acked, (indexes) => assert.equal(committedIndex(indexes), committedIndex([...indexes].reverse()))),
  );
});

test("a joint quorum commits what both majorities have reached", () => {
  fc.assert(
    fc.property(acked, acked, (incoming, outgoing) => {
      const joint = jointCommittedIndex(incoming, outgoing);
      assert.equal(joint, Math.min(countedIndex(incoming), countedIndex(outgoing)));
      assert.equal(joint, jointCommittedIndex(outgoing, incoming));
    }),
  );
});

const tally: fc.Arbitrary<Tally> = fc
  .tuple(fc.nat({ max: 4 }), fc.nat({ max: 4 }), fc.nat({ max: 4 }))
  .map(([granted, rejected, silent]) => ({ voters: granted + rejected + silent, granted, rejected }));

/** Every way in which the silent voters may still vote decides: all won, none won, or pending. */
function enumeratedResult({ voters, granted, rejected }: Tally): VoteResult {
  const silent = voters - granted - rejected;
  const outcomes = Array.from({ length: silent + 1 }, (_, more) => voters === 0 || 2 * (granted + more) > voters);
  if (outcomes.every(Boolean)) return VoteResult.won;
  return outcomes.some(Boolean) ? VoteResult.pending : VoteResult.lost;
}

test("a vote is decided when the silent voters cannot change it", () => {
  fc.assert(fc.property(tally, (of) => assert.equal(voteResult(of), enumeratedResult(of))));
});

test("a joint vote needs both majorities, and one refusal is enough", () => {
  const { won, pending, lost } = VoteResult;
  const table: [VoteResult, VoteResult, VoteResult][] = [
    [won, won, won],
    [won, pending, pending],
    [won, lost, lost],
    [pending, pending, pending],
    [pending, lost, lost],
    [lost, lost, lost],
  ];
  for (const [a, b, expected] of table) {
    assert.equal(jointVoteResult(a, b), expected);
    assert.equal(jointVoteResult(b, a), expected);
  }
});
