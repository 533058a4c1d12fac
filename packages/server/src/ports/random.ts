/** Randomness as a member sees it; seeded in simulations, so the same seed gives the same bytes. */
export interface Random {
  /** Uniform integer from 0 to `bound - 1`; `bound` is from 1 to 2^32. */
  below(bound: number): number;
  /** Uniform unsigned 64-bit integer. */
  uint64(): bigint;
}
