/**
 * Deterministic randomness for tests and simulations: xoshiro128++, its state filled from the seed by splitmix32
 * (Blackman and Vigna, https://prng.di.unimi.it). Same seed, same numbers, on every machine. Not for secrets.
 */
import { assert } from "../lib/assert.ts";
import type { Random } from "../ports/index.ts";

const TWO_32 = 2 ** 32;

/** A `Random` that repeats itself for the same seed. */
export class SeededRandom implements Random {
  readonly #state = new Uint32Array(4);

  /** Any safe integer is a seed; different seeds give unrelated sequences. */
  constructor(seed: number) {
    assert(Number.isSafeInteger(seed), "a seed is a safe integer");
    let mixed = (seed ^ Math.floor(seed / TWO_32)) >>> 0;
    for (let i = 0; i < 4; i++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      this.#state[i] = splitmix32(mixed);
    }
  }

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
    const s = this.#state;
    const result = (rotateLeft((s[0]! + s[3]!) | 0, 7) + s[0]!) >>> 0;
    const shifted = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= shifted;
    s[3] = rotateLeft(s[3]!, 11);
    return result;
  }
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function splitmix32(input: number): number {
  let z = input;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}
