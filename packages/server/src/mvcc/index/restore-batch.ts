/**
 * Changes on their way back into the key index after a restart: collected in the order of their revisions, handed on in the
 * order of their keys, those of one key still by revision. Everything lies in typed arrays that are used again for the next
 * batch, and most of the sorting is done on numbers:
 *
 *   | head of the key behind what all keys share, 32 bits | position in the batch, 17 bits |
 *
 * Only keys with equal heads are compared byte by byte.
 */
import { headOf } from "./key-head.ts";
import type { KeyState } from "./leaf.ts";

const CHANGES_MAX = 2 ** 17;
const KEY_BYTES_MAX = 16 * 1024 * 1024;

/** One batch, over and over. */
export class RestoreBatch {
  readonly #states: KeyState[] = [];
  readonly #ends = new Uint32Array(CHANGES_MAX);
  readonly #marks = new Float64Array(CHANGES_MAX);
  #arena = new Uint8Array(64 * 1024);
  #arenaUsed = 0;
  /** Bytes that all keys begin with. */
  #prefix = 0;

  get count(): number {
    return this.#states.length;
  }

  /** Nothing more may be added. */
  get full(): boolean {
    return this.count === CHANGES_MAX || this.#arenaUsed >= KEY_BYTES_MAX;
  }

  /** Adds a change; copies the key. */
  add(key: Uint8Array, state: KeyState): void {
    this.#reserve(key.length);
    this.#arena.set(key, this.#arenaUsed);
    this.#prefix = this.count === 0 ? key.length : this.#sharedWithFirst(key);
    this.#arenaUsed += key.length;
    this.#ends[this.count] = this.#arenaUsed;
    this.#states.push(state);
  }

  /** Visits the changes by key, then by revision, and empties the batch; the key is a view, valid until then. */
  drain(visit: (key: Uint8Array, state: KeyState) => void): void {
    const marks = this.#sorted();
    for (let i = 0; i < marks.length; i++) {
      const at = marks[i]! % CHANGES_MAX;
      visit(this.#arena.subarray(this.#startOf(at), this.#ends[at]!), this.#states[at]!);
    }
    this.#states.length = 0;
    this.#arenaUsed = 0;
  }

  #sorted(): Float64Array {
    const marks = this.#marks.subarray(0, this.count);
    for (let at = 0; at < marks.length; at++) {
      marks[at] = headOf(this.#arena, this.#startOf(at) + this.#prefix, this.#ends[at]!) * CHANGES_MAX + at;
    }
    marks.sort();
    for (let from = 0; from < marks.length; ) {
      const above = (Math.floor(marks[from]! / CHANGES_MAX) + 1) * CHANGES_MAX;
      let to = from + 1;
      while (to < marks.length && marks[to]! < above) to++;
      if (to - from > 1) marks.subarray(from, to).sort(this.#compare);
      from = to;
    }
    return marks;
  }

  readonly #compare = (a: number, b: number): number => {
    const left = a % CHANGES_MAX;
    const right = b % CHANGES_MAX;
    const arena = this.#arena;
    const [leftEnd, rightEnd] = [this.#ends[left]!, this.#ends[right]!];
    let i = this.#startOf(left) + this.#prefix;
    let j = this.#startOf(right) + this.#prefix;
    for (; i < leftEnd && j < rightEnd; i++, j++) {
      const difference = arena[i]! - arena[j]!;
      if (difference !== 0) return difference;
    }
    return leftEnd - i - (rightEnd - j) || left - right;
  };

  #startOf(at: number): number {
    return at === 0 ? 0 : this.#ends[at - 1]!;
  }

  #sharedWithFirst(key: Uint8Array): number {
    const most = Math.min(this.#prefix, key.length);
    let shared = 0;
    while (shared < most && this.#arena[shared] === key[shared]) shared++;
    return shared;
  }

  #reserve(bytes: number): void {
    const needed = this.#arenaUsed + bytes;
    if (needed <= this.#arena.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#arena.length * 2));
    grown.set(this.#arena.subarray(0, this.#arenaUsed));
    this.#arena = grown;
  }
}
