/**
 * Deterministic randomness for tests and simulations: xoshiro128++, its state filled from the seed by splitmix32
 * (Blackman and Vigna, https://prng.di.unimi.it). Same seed, same numbers, on every machine. Not for secrets.
 */
import { assert } from "../lib/assert.ts";
import { drawBelow, drawUint64 } from "../lib/draw.ts";
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
    return drawBelow(bound, () => this.#next());
  }

  uint64(): bigint {
    return drawUint64(() => this.#next());
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
