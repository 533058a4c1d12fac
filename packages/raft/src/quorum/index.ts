// Quorum arithmetic: what a majority, or two majorities at once, have agreed on.
export { jointCommittedIndex, jointVoteResult } from "./joint.ts";
export { committedIndex, type Tally, VoteResult, voteResult } from "./majority.ts";
