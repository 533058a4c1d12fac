/** Randomness from the operating system, drawn in blocks: ids and election times come from here. */
import { randomFillSync } from "node:crypto";
import { drawBelow, drawUint64 } from "../lib/draw.ts";
import type { Random } from "../ports/index.ts";

const BLOCK_WORDS = 64;

/** The `Random` of a running member. */
export class NodeRandom implements Random {
  readonly #block = new Uint32Array(BLOCK_WORDS);
  #used = BLOCK_WORDS;

  below(bound: number): number {
    return drawBelow(bound, () => this.#next());
  }

  uint64(): bigint {
    return drawUint64(() => this.#next());
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
