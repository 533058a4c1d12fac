/**
 * A leaf of the key index: up to 128 keys with the state each has now, in typed arrays, so that a million keys are a few
 * thousand objects. Keys stand in slots in order of arrival; `order` lists the slots in key order, so an insertion moves
 * bytes, not records. Key bytes lie in one arena.
 *
 *   numbers (3 per slot)   create revision, mod revision, version
 *   words   (4 per slot)   key start in the arena, key length, sub * 4 + flags, handle into the history pool
 *
 * Slots 0..count-1 are in use. The fields are public for the index beside this file, which is the only user.
 */
import { assert } from "../../lib/assert.ts";
import { SharedPrefix } from "./shared-prefix.ts";

/** Most keys in one leaf; a leaf splits when a key more arrives. */
export const LEAF_KEYS_MAX = 128;
/** A leaf with more key bytes than this splits too, if it has two keys. */
export const LEAF_ARENA_BYTES_MAX = 64 * 1024;

const FIRST_ARENA_BYTES = 1024;
const SUB_MAX = 2 ** 30 - 1;

/** The key's newest revision is a tombstone. */
export const DEAD = 1;
/** The key's newest version is attached to a lease. */
export const LEASED = 2;

/** What the index knows of the newest revision of a key. */
export interface KeyState {
  readonly createRevision: number;
  readonly modRevision: number;
  readonly sub: number;
  readonly version: number;
  readonly dead: boolean;
  readonly leased: boolean;
}

/** The leaf. Not for use outside this folder. */
export class Leaf {
  count = 0;
  /** Keys whose newest revision is not a tombstone. */
  live = 0;
  readonly order: Uint8Array;
  readonly numbers: Float64Array;
  readonly words: Uint32Array;
  arena: Uint8Array = new Uint8Array(FIRST_ARENA_BYTES);
  arenaUsed = 0;

  constructor() {
    const numbersBytes = LEAF_KEYS_MAX * 3 * 8;
    const wordsBytes = LEAF_KEYS_MAX * 4 * 4;
    const memory = new ArrayBuffer(numbersBytes + wordsBytes + LEAF_KEYS_MAX);
    this.numbers = new Float64Array(memory, 0, LEAF_KEYS_MAX * 3);
    this.words = new Uint32Array(memory, numbersBytes, LEAF_KEYS_MAX * 4);
    this.order = new Uint8Array(memory, numbersBytes + wordsBytes, LEAF_KEYS_MAX);
  }

  /** The position of the key in `order`, or the complement (`~`) of where it would stand. */
  search(key: Uint8Array, shared: SharedPrefix): number {
    const { arena, words, order } = this;
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const slot = order[middle]!;
      const start = words[slot * 4]!;
      const length = words[slot * 4 + 1]!;
      const least = length < key.length ? length : key.length;
      let at = shared.both;
      while (at < least && arena[start + at] === key[at]) at++;
      if (at === least && length === key.length) return middle;
      if (at === length || (at < least && arena[start + at]! < key[at]!)) {
        low = middle + 1;
        shared.low = at;
      } else {
        high = middle - 1;
        shared.high = at;
      }
    }
    return ~low;
  }

  /** The first position whose key is not below `key`. */
  lowerBound(key: Uint8Array): number {
    const position = this.search(key, new SharedPrefix());
    return position < 0 ? ~position : position;
  }

  compare(slot: number, key: Uint8Array): number {
    const start = this.words[slot * 4]!;
    const length = this.words[slot * 4 + 1]!;
    const arena = this.arena;
    const shared = length < key.length ? length : key.length;
    for (let i = 0; i < shared; i++) {
      const difference = arena[start + i]! - key[i]!;
      if (difference !== 0) return difference;
    }
    return length - key.length;
  }

  /** A copy of the key. */
  keyAt(slot: number): Uint8Array {
    const start = this.words[slot * 4]!;
    return this.arena.slice(start, start + this.words[slot * 4 + 1]!);
  }

  modRevision(slot: number): number {
    return this.numbers[slot * 3 + 1]!;
  }

  sub(slot: number): number {
    return this.words[slot * 4 + 2]! >>> 2;
  }

  isDead(slot: number): boolean {
    return (this.words[slot * 4 + 2]! & DEAD) !== 0;
  }

  isLeased(slot: number): boolean {
    return (this.words[slot * 4 + 2]! & LEASED) !== 0;
  }

  state(slot: number): KeyState {
    const flags = this.words[slot * 4 + 2]!;
    return {
      createRevision: this.numbers[slot * 3]!,
      modRevision: this.numbers[slot * 3 + 1]!,
      version: this.numbers[slot * 3 + 2]!,
      sub: flags >>> 2,
      dead: (flags & DEAD) !== 0,
      leased: (flags & LEASED) !== 0,
    };
  }

  setState(slot: number, state: KeyState): void {
    assert(state.sub <= SUB_MAX, "a transaction has more changes than the key index can number");
    const wasDead = this.isDead(slot);
    this.numbers[slot * 3] = state.createRevision;
    this.numbers[slot * 3 + 1] = state.modRevision;
    this.numbers[slot * 3 + 2] = state.version;
    this.words[slot * 4 + 2] = state.sub * 4 + (state.dead ? DEAD : 0) + (state.leased ? LEASED : 0);
    this.live += (wasDead ? 1 : 0) - (state.dead ? 1 : 0);
  }

  history(slot: number): number {
    return this.words[slot * 4 + 3]!;
  }

  setHistory(slot: number, handle: number): void {
    this.words[slot * 4 + 3] = handle;
  }

  get full(): boolean {
    return this.count === LEAF_KEYS_MAX || (this.arenaUsed > LEAF_ARENA_BYTES_MAX && this.count > 1);
  }

  /** Adds a key at a position of `order`, without history and counted as dead until `setState`. Answers its slot. */
  insert(position: number, key: Uint8Array): number {
    const slot = this.count;
    this.#reserve(key.length);
    this.arena.set(key, this.arenaUsed);
    this.words[slot * 4] = this.arenaUsed;
    this.words[slot * 4 + 1] = key.length;
    this.words[slot * 4 + 2] = DEAD;
    this.words[slot * 4 + 3] = 0;
    this.arenaUsed += key.length;
    this.order.copyWithin(position + 1, position, this.count);
    this.order[position] = slot;
    this.count++;
    return slot;
  }

  /** Moves the positions from `from` on to the end of another leaf, which sorts behind this one. */
  moveTail(from: number, target: Leaf): void {
    for (let position = from; position < this.count; position++) target.#adopt(this, this.order[position]!);
    this.#keepPositions(from);
  }

  /** Removes the positions for which `gone` says so. */
  removeWhere(gone: (slot: number) => boolean): void {
    let kept = 0;
    for (let position = 0; position < this.count; position++) {
      const slot = this.order[position]!;
      if (!gone(slot)) this.order[kept++] = slot;
    }
    if (kept < this.count) this.#keepPositions(kept);
  }

  /** Rebuilds the leaf from its first positions: slots dense, arena without holes. */
  #keepPositions(count: number): void {
    const copy = new Leaf();
    for (let position = 0; position < count; position++) copy.#adopt(this, this.order[position]!);
    this.numbers.set(copy.numbers);
    this.words.set(copy.words);
    this.order.set(copy.order);
    this.arena = copy.arena;
    this.arenaUsed = copy.arenaUsed;
    this.count = copy.count;
    this.live = copy.live;
  }

  #adopt(source: Leaf, slot: number): void {
    const start = source.words[slot * 4]!;
    const target = this.insert(this.count, source.arena.subarray(start, start + source.words[slot * 4 + 1]!));
    this.setState(target, source.state(slot));
    this.setHistory(target, source.history(slot));
  }

  #reserve(bytes: number): void {
    const needed = this.arenaUsed + bytes;
    if (needed <= this.arena.length) return;
    const grown = new Uint8Array(Math.max(needed, Math.ceil(this.arena.length * 1.5)));
    grown.set(this.arena.subarray(0, this.arenaUsed));
    this.arena = grown;
  }
}
