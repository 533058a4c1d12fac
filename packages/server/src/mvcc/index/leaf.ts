/**
 * A leaf of the key index: up to 128 keys with the state each has now, in typed arrays, so that a million keys are a few
 * thousand objects. Keys stand in slots in order of arrival; `order` lists the slots in key order, so an insertion moves
 * bytes, not records. Key bytes lie in one arena.
 *
 *   numbers (3 per slot)   create revision, mod revision, version
 *   words   (4 per slot)   key start in the arena, key length, sub * 4 + flags, handle into the history pool
 *
 *   heads   (1 per position, in key order)   see key-head.ts; behind the first `prefix` bytes, which all keys share
 *
 * Slots 0..count-1 are in use. The fields are public for the index beside this file, which is the only user.
 */
import { assert } from "../../lib/assert.ts";
import { headOf } from "./key-head.ts";
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
  readonly heads: Uint32Array;
  /** Bytes that all keys of the leaf begin with; any number that is true will do. */
  prefix = 0;
  arena: Uint8Array = new Uint8Array(FIRST_ARENA_BYTES);
  arenaUsed = 0;

  constructor() {
    const numbersBytes = LEAF_KEYS_MAX * 3 * 8;
    const wordsBytes = LEAF_KEYS_MAX * 4 * 4;
    const headsBytes = LEAF_KEYS_MAX * 4;
    const memory = new ArrayBuffer(numbersBytes + wordsBytes + headsBytes + LEAF_KEYS_MAX);
    this.numbers = new Float64Array(memory, 0, LEAF_KEYS_MAX * 3);
    this.words = new Uint32Array(memory, numbersBytes, LEAF_KEYS_MAX * 4);
    this.heads = new Uint32Array(memory, numbersBytes + wordsBytes, LEAF_KEYS_MAX);
    this.order = new Uint8Array(memory, numbersBytes + wordsBytes + headsBytes, LEAF_KEYS_MAX);
  }

  /** The position of the key in `order`, or the complement (`~`) of where it would stand. */
  search(key: Uint8Array, shared: SharedPrefix): number {
    const { count, heads, prefix } = this;
    if (count === 0) return ~0;
    const alike = this.#sharedWith(key, shared.both);
    if (alike < prefix) {
      const below = alike === key.length || key[alike]! < this.arena[this.words[this.order[0]! * 4]! + alike]!;
      return below ? ~0 : ~count;
    }
    const head = headOf(key, prefix, key.length);
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (heads[middle]! < head) low = middle + 1;
      else high = middle;
    }
    if (low === count || heads[low] !== head) return ~low;
    return this.#searchAlike(key, low, head);
  }

  /** Searches among the positions from `from` on that have the same head. */
  #searchAlike(key: Uint8Array, from: number, head: number): number {
    let low = from;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const difference = this.heads[middle]! > head ? 1 : this.compare(this.order[middle]!, key, this.prefix);
      if (difference === 0) return middle;
      if (difference < 0) low = middle + 1;
      else high = middle;
    }
    return ~low;
  }

  /** How many of the leaf's common bytes the key begins with, of which `known` need not be looked at. */
  #sharedWith(key: Uint8Array, known: number): number {
    const { arena, prefix } = this;
    const start = this.words[this.order[0]! * 4]!;
    const most = prefix < key.length ? prefix : key.length;
    let at = known < most ? known : most;
    while (at < most && arena[start + at] === key[at]) at++;
    return at;
  }

  /** The first position whose key is not below `key`. */
  lowerBound(key: Uint8Array): number {
    const position = this.search(key, new SharedPrefix());
    return position < 0 ? ~position : position;
  }

  /** Negative, zero or positive as the slot's key sorts against `key`; their first `alike` bytes are equal. */
  compare(slot: number, key: Uint8Array, alike = 0): number {
    const start = this.words[slot * 4]!;
    const length = this.words[slot * 4 + 1]!;
    const arena = this.arena;
    const shared = length < key.length ? length : key.length;
    for (let i = alike; i < shared; i++) {
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
    this.heads.copyWithin(position + 1, position, this.count);
    this.count++;
    this.#narrow(position, key);
    return slot;
  }

  /** Sets the head of a new key, and all others anew if it does not share what they have in common. */
  #narrow(position: number, key: Uint8Array): void {
    if (this.count === 1 && this.prefix === 0) this.prefix = key.length;
    const other = this.order[position === 0 ? this.count - 1 : 0]!;
    const start = this.words[other * 4]!;
    let alike = 0;
    const most = Math.min(this.prefix, key.length);
    while (alike < most && this.arena[start + alike] === key[alike]) alike++;
    this.heads[position] = headOf(key, this.prefix, key.length);
    if (alike === this.prefix) return;
    this.prefix = alike;
    for (let at = 0; at < this.count; at++) {
      const slot = this.order[at]!;
      const begin = this.words[slot * 4]!;
      this.heads[at] = headOf(this.arena, begin + alike, begin + this.words[slot * 4 + 1]!);
    }
  }

  /** Moves the positions from `from` on to the end of another leaf, which sorts behind this one. */
  moveTail(from: number, target: Leaf): void {
    if (target.count === 0) target.prefix = this.#commonBytes(from, this.count - 1);
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
    if (count > 0) copy.prefix = this.#commonBytes(0, count - 1);
    for (let position = 0; position < count; position++) copy.#adopt(this, this.order[position]!);
    this.numbers.set(copy.numbers);
    this.words.set(copy.words);
    this.heads.set(copy.heads);
    this.order.set(copy.order);
    this.prefix = copy.prefix;
    this.arena = copy.arena;
    this.arenaUsed = copy.arenaUsed;
    this.count = copy.count;
    this.live = copy.live;
  }

  /** Bytes that the keys from one position to another begin with: the ends tell, what is between sorts between. */
  #commonBytes(from: number, to: number): number {
    const [first, last] = [this.order[from]!, this.order[to]!];
    const [a, b] = [this.words[first * 4]!, this.words[last * 4]!];
    const most = Math.min(this.words[first * 4 + 1]!, this.words[last * 4 + 1]!);
    let alike = 0;
    while (alike < most && this.arena[a + alike] === this.arena[b + alike]) alike++;
    return alike;
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
