/** Randomness from the operating system, drawn in blocks: ids and election times come from here. */
import { randomFillSync } from "node:crypto";
import { assert } from "../lib/assert.ts";
import type { Random } from "../ports/index.ts";

const TWO_32 = 2 ** 32;
const BLOCK_WORDS = 64;

/** The `Random` of a running member. */
export class NodeRandom implements Random {
  readonly #block = new Uint32Array(BLOCK_WORDS);
  #used = BLOCK_WORDS;

  below(bound: number): number {
    assert(Number.isInteger(bound) && bound >= 1 && bound <= TWO_32, "bound is from 1 to 2^32");
    // Numbers of the last, incomplete run of `bound` are drawn again, or small results would be likelier.
    const limit = TWO_32 - (TWO_32 % bound);
    for (;;) {
      const drawn = this.#next();
      if (drawn < limit) return drawn % bound;
    }
  }

  uint64(): bigint {
    const high = this.#next();
    return (BigInt(high) << 32n) | BigInt(this.#next());
  }

  #next(): number {
    if (this.#used === BLOCK_WORDS) {
      randomFillSync(this.#block);
      this.#used = 0;
    }
    const word = this.#block[this.#used]!;
    // A word that was handed out must not be found in memory later.
    this.#block[this.#used++] = 0;
    return word;
  }
}
