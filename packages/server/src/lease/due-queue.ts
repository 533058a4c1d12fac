/**
 * What is due next: a binary heap whose items know their place, so that one can be moved or taken out in O(log n)
 * without a search. Users keep it lazy: an item may wait under an earlier time than its true one and is moved when it
 * comes up, so renewing costs nothing here.
 *
 * Invariants: `items[i].dueIndex === i` for every queued item, -1 for every other; no item is due before its parent.
 */
import { assert } from "../lib/assert.ts";

/** What the queue writes into its items; nobody else changes these two. */
export interface DueItem {
  /** When the item comes up, in monotonic milliseconds. */
  dueMs: number;
  /** Place in the heap, -1 while not queued. */
  dueIndex: number;
}

/** A queue by due time; each item is in at most one queue, at most once. */
export class DueQueue<T extends DueItem> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The item due first, still queued. */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** Queues an item that is in no queue. */
  add(item: T, dueMs: number): void {
    assert(item.dueIndex === -1, "the item is queued already");
    item.dueMs = dueMs;
    item.dueIndex = this.#items.length;
    this.#items.push(item);
    this.#rise(item);
  }

  /** Gives a queued item another time, earlier or later. */
  move(item: T, dueMs: number): void {
    assert(this.#items[item.dueIndex] === item, "the item is not queued here");
    const earlier = dueMs < item.dueMs;
    item.dueMs = dueMs;
    if (earlier) this.#rise(item);
    else this.#sink(item);
  }

  /** Takes an item out; does nothing for one that is not queued. */
  remove(item: T): void {
    const index = item.dueIndex;
    if (index === -1) return;
    assert(this.#items[index] === item, "the item is queued elsewhere");
    const last = this.#items.pop()!;
    item.dueIndex = -1;
    if (last === item) return;
    this.#place(last, index);
    this.#rise(last);
    this.#sink(last);
  }

  /** Forgets every item. */
  clear(): void {
    for (const item of this.#items) item.dueIndex = -1;
    this.#items.length = 0;
  }

  #rise(item: T): void {
    let index = item.dueIndex;
    while (index > 0) {
      const parent = this.#items[(index - 1) >> 1]!;
      if (parent.dueMs <= item.dueMs) break;
      const above = parent.dueIndex;
      this.#place(parent, index);
      index = above;
    }
    this.#place(item, index);
  }

  #sink(item: T): void {
    let index = item.dueIndex;
    for (;;) {
      const child = this.#earlierChild(index);
      if (child === undefined || child.dueMs >= item.dueMs) break;
      const below = child.dueIndex;
      this.#place(child, index);
      index = below;
    }
    this.#place(item, index);
  }

  #earlierChild(index: number): T | undefined {
    const left = this.#items[2 * index + 1];
    const right = this.#items[2 * index + 2];
    if (left === undefined || right === undefined) return left;
    return right.dueMs < left.dueMs ? right : left;
  }

  #place(item: T, index: number): void {
    this.#items[index] = item;
    item.dueIndex = index;
  }
}
