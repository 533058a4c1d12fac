// Majority arithmetic over one set of voters (Raft paper, sections 5.2 and 5.3). Voters appear only as the numbers they
// acknowledged or the votes they cast, so that these functions know nothing of ids. An empty set agrees with everything,
// which lets a joint quorum with one empty half behave like the other half.

/** The outcome of an election as far as it is known. */
export const VoteResult = { pending: "pending", lost: "lost", won: "won" } as const;
/** One of the values of the constant of the same name. */
export type VoteResult = (typeof VoteResult)[keyof typeof VoteResult];

/** Reused by every call: calls never overlap, and the memberships of one process are small. */
const scratch: number[] = [];

/** Returns the highest index that a majority has reached, given one acknowledged index per voter; infinity without voters. */
export function committedIndex(acked: readonly number[]): number {
  const count = acked.length;
  if (count === 0) return Number.POSITIVE_INFINITY;
  if (count === 1) return acked[0]!;
  for (let i = 0; i < count; i++) insertDescending(acked[i]!, i);
  return scratch[count >> 1]!;
}

/** Places a value among the first `count` values of the scratch space, which descend. */
function insertDescending(value: number, count: number): void {
  let at = count;
  while (at > 0 && scratch[at - 1]! < value) {
    scratch[at] = scratch[at - 1]!;
    at--;
  }
  scratch[at] = value;
}

/** How many of a set of voters said yes and no; the rest has not voted. */
export interface Tally {
  voters: number;
  granted: number;
  rejected: number;
}

/** Returns whether a majority has said yes, can still say yes, or cannot any more. */
export function voteResult({ voters, granted, rejected }: Tally): VoteResult {
  if (voters === 0) return VoteResult.won;
  const majority = (voters >> 1) + 1;
  if (granted >= majority) return VoteResult.won;
  return voters - rejected >= majority ? VoteResult.pending : VoteResult.lost;
}
