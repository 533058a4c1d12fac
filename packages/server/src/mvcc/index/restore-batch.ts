/**
 * Changes on their way back into the key index after a restart: collected in the order of their revisions, handed on in the
 * order of their keys, those of one key still by revision. Everything lies in typed arrays that grow with the first batch and
 * are used again for the next, and most of the sorting is done on numbers:
 *
 *   | head of the key behind what all keys share, 32 bits | position in the batch, 17 bits |
 *
 * Only keys with equal heads are compared byte by byte.
 */
import { headOf } from "./key-head.ts";
import { DEAD, type KeyState, LEASED } from "./leaf.ts";

const CHANGES_MAX = 2 ** 17;
const CHANGES_FIRST = 2 ** 10;
const KEY_BYTES_MAX = 16 * 1024 * 1024;

/** One batch, over and over. */
export class RestoreBatch {
  #count = 0;
  /** Three per change: create revision, mod revision, version. */
  #numbers = new Float64Array(CHANGES_FIRST * 3);
  /** `sub * 4` and the flags of a leaf. */
  #words = new Uint32Array(CHANGES_FIRST);
  #ends = new Uint32Array(CHANGES_FIRST);
  #marks = new Float64Array(CHANGES_FIRST);
  #arena = new Uint8Array(64 * 1024);
  #arenaUsed = 0;
  /** Bytes that all keys begin with. */
  #prefix = 0;

  get count(): number {
    return this.#count;
  }

  /** Nothing more may be added. */
  get full(): boolean {
    return this.#count === CHANGES_MAX || this.#arenaUsed >= KEY_BYTES_MAX;
  }

  /** Adds a change; copies the key. */
  add(key: Uint8Array, state: KeyState): void {
    const at = this.#count++;
    if (at === this.#ends.length) this.#grow();
    this.#reserve(key.length);
    this.#arena.set(key, this.#arenaUsed);
    this.#prefix = at === 0 ? key.length : this.#sharedWithFirst(key);
    this.#arenaUsed += key.length;
    this.#ends[at] = this.#arenaUsed;
    this.#numbers[at * 3] = state.createRevision;
    this.#numbers[at * 3 + 1] = state.modRevision;
    this.#numbers[at * 3 + 2] = state.version;
    this.#words[at] = state.sub * 4 + (state.dead ? DEAD : 0) + (state.leased ? LEASED : 0);
  }

  /** Visits the changes by key, then by revision, and empties the batch; key and state are lent until `visit` returns. */
  drain(visit: (key: Uint8Array, state: KeyState) => void): void {
    const marks = this.#sorted();
    const state = { createRevision: 0, modRevision: 0, sub: 0, version: 0, dead: false, leased: false };
    for (let i = 0; i < marks.length; i++) {
      const at = positionOf(marks[i]!);
      const word = this.#words[at]!;
      state.createRevision = this.#numbers[at * 3]!;
      state.modRevision = this.#numbers[at * 3 + 1]!;
      state.version = this.#numbers[at * 3 + 2]!;
      state.sub = word >>> 2;
      state.dead = (word & DEAD) !== 0;
      state.leased = (word & LEASED) !== 0;
      visit(this.#arena.subarray(this.#startOf(at), this.#ends[at]!), state);
    }
    this.#count = 0;
    this.#arenaUsed = 0;
  }

  #sorted(): Float64Array {
    const marks = this.#marks.subarray(0, this.#count);
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
    const left = positionOf(a);
    const right = positionOf(b);
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

  #grow(): void {
    const changes = this.#ends.length * 2;
    const [numbers, words, ends] = [this.#numbers, this.#words, this.#ends];
    this.#numbers = new Float64Array(changes * 3);
    this.#words = new Uint32Array(changes);
    this.#ends = new Uint32Array(changes);
    this.#marks = new Float64Array(changes);
    this.#numbers.set(numbers);
    this.#words.set(words);
    this.#ends.set(ends);
  }

  #reserve(bytes: number): void {
    const needed = this.#arenaUsed + bytes;
    if (needed <= this.#arena.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#arena.length * 2));
    grown.set(this.#arena.subarray(0, this.#arenaUsed));
    this.#arena = grown;
  }
}

/** The position a mark holds; the remainder operator would cost more than the comparison it is for. */
function positionOf(mark: number): number {
  return mark - Math.floor(mark / CHANGES_MAX) * CHANGES_MAX;
}
