/** Numbers for `Random` out of a source of 32-bit words: the same steps for every source, so that all are without bias. */
import { assert } from "./assert.ts";

const TWO_32 = 2 ** 32;

/** From 0 to `bound - 1`, each as likely; `bound` is from 1 to 2^32. */
export function drawBelow(bound: number, nextWord: () => number): number {
  assert(Number.isInteger(bound) && bound >= 1 && bound <= TWO_32, "bound is from 1 to 2^32");
  // Numbers of the last, incomplete run of `bound` are drawn again, or small results would be likelier.
  const limit = TWO_32 - (TWO_32 % bound);
  for (;;) {
    const drawn = nextWord();
    if (drawn < limit) return drawn % bound;
  }
}

/** All 64 bits, the high word first. */
export function drawUint64(nextWord: () => number): bigint {
  const high = nextWord();
  return (BigInt(high) << 32n) | BigInt(nextWord());
}
