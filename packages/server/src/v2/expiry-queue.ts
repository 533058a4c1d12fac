/**
 * Nodes with a time to live, the next to expire first: a binary heap in which every node knows its place. Order is by
 * time, then by path, so that members that came by the same tree in different ways expire it in the same order.
 */
import { assert } from "../lib/assert.ts";
import type { TreeNode } from "./node.ts";
import { compareKeys } from "./paths.ts";

/** The queue. It never holds a node twice. */
export class ExpiryQueue {
  readonly #heap: TreeNode[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The node that expires next. */
  first(): TreeNode | undefined {
    return this.#heap[0];
  }

  /** Brings the queue in line with the node's expiration: in, out, or to another place. */
  update(node: TreeNode): void {
    if (node.expiration === 0n) {
      this.remove(node);
      return;
    }
    if (node.queuePlace < 0) {
      node.queuePlace = this.#heap.length;
      this.#heap.push(node);
    }
    this.#sink(this.#rise(node.queuePlace));
  }

  /** Takes a node out; one that is not in stays out. */
  remove(node: TreeNode): void {
    const place = node.queuePlace;
    if (place < 0) return;
    assert(this.#heap[place] === node, "v2: a node does not know its place in the expiry queue");
    const last = this.#heap.pop()!;
    node.queuePlace = -1;
    if (last === node) return;
    this.#put(last, place);
    this.#sink(this.#rise(place));
  }

  #put(node: TreeNode, place: number): void {
    this.#heap[place] = node;
    node.queuePlace = place;
  }

  #rise(start: number): number {
    const node = this.#heap[start]!;
    let place = start;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!isBefore(node, this.#heap[above]!)) break;
      this.#put(this.#heap[above]!, place);
      place = above;
    }
    this.#put(node, place);
    return place;
  }

  #sink(start: number): void {
    const node = this.#heap[start]!;
    let place = start;
    for (;;) {
      const below = this.#earlierChild(place);
      if (below === undefined || !isBefore(this.#heap[below]!, node)) break;
      this.#put(this.#heap[below]!, place);
      place = below;
    }
    this.#put(node, place);
  }

  #earlierChild(place: number): number | undefined {
    const left = 2 * place + 1;
    if (left >= this.#heap.length) return undefined;
    const right = left + 1;
    return right < this.#heap.length && isBefore(this.#heap[right]!, this.#heap[left]!) ? right : left;
  }
}

function isBefore(left: TreeNode, right: TreeNode): boolean {
  if (left.expiration !== right.expiration) return left.expiration < right.expiration;
  return compareKeys(left.path, right.path) < 0;
}
