// The append messages a leader has sent to one follower and not yet seen acknowledged: a sliding window bounded in
// messages and in bytes. Each message is known by the index of its last entry; indexes ascend. The ring grows on demand
// up to the limit, so that a generous limit costs nothing until it is used.

import { fail } from "../invariant.ts";

/** A bounded queue of unacknowledged append messages to one follower. */
export class Inflights {
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  #indexes: number[] = [];
  #sizes: number[] = [];
  #start = 0;
  #count = 0;
  #bytes = 0;

  /** The byte limit is soft: one message may cross it. Infinity means no limit. */
  constructor(maxMessages: number, maxBytes: number) {
    this.#maxMessages = maxMessages;
    this.#maxBytes = maxBytes;
  }

  get count(): number {
    return this.#count;
  }

  /** True when nothing more may be sent until something is acknowledged. */
  get full(): boolean {
    return this.#count === this.#maxMessages || this.#bytes >= this.#maxBytes;
  }

  /** Records one more message; must not be called when full. */
  add(lastIndex: number, sizeBytes: number): void {
    if (this.full) fail(`inflights are full: ${this.#count} messages, ${this.#bytes} bytes`);
    if (this.#count === this.#indexes.length) this.#grow();
    const at = (this.#start + this.#count) & (this.#indexes.length - 1);
    this.#indexes[at] = lastIndex;
    this.#sizes[at] = sizeBytes;
    this.#count++;
    this.#bytes += sizeBytes;
  }

  /** Forgets every message whose last entry is at or below the acknowledged index. */
  freeUpTo(index: number): void {
    const mask = this.#indexes.length - 1;
    while (this.#count > 0 && this.#indexes[this.#start]! <= index) {
      this.#bytes -= this.#sizes[this.#start]!;
      this.#start = (this.#start + 1) & mask;
      this.#count--;
    }
  }

  /** Forgets everything. */
  reset(): void {
    this.#start = 0;
    this.#count = 0;
    this.#bytes = 0;
  }

  /** Doubles the ring, which stays a power of two, and unrolls its content to the front. */
  #grow(): void {
    const old = this.#indexes.length;
    const indexes = new Array<number>(Math.max(1, old * 2)).fill(0);
    const sizes = new Array<number>(indexes.length).fill(0);
    for (let i = 0; i < this.#count; i++) {
      indexes[i] = this.#indexes[(this.#start + i) & (old - 1)]!;
      sizes[i] = this.#sizes[(this.#start + i) & (old - 1)]!;
    }
    this.#indexes = indexes;
    this.#sizes = sizes;
    this.#start = 0;
  }
}
