// Joint majorities (Raft thesis, section 4.3): while membership changes from one set of voters to another, a decision
// needs a majority of both.

import { committedIndex, VoteResult } from "./majority.ts";

/** Returns the highest index that both majorities have reached. */
export function jointCommittedIndex(incoming: readonly number[], outgoing: readonly number[]): number {
  return Math.min(committedIndex(incoming), committedIndex(outgoing));
}

/** Combines the outcomes of both majorities: one refusal loses, both must agree to win. */
export function jointVoteResult(incoming: VoteResult, outgoing: VoteResult): VoteResult {
  if (incoming === outgoing) return incoming;
  if (incoming === VoteResult.lost || outgoing === VoteResult.lost) return VoteResult.lost;
  return VoteResult.pending;
}
