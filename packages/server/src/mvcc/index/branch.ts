/**
 * An inner node of the key index: children in key order, the smallest key each may hold, and how many live keys are
 * below each, which makes counting an interval a walk down instead of a walk along.
 */
import { compareBytes } from "../../lib/bytes.ts";
import { headOf } from "./key-head.ts";
import type { Leaf } from "./leaf.ts";
import type { SharedPrefix } from "./shared-prefix.ts";

/** Most children of a branch; one more splits it. */
export const BRANCH_CHILDREN_MAX = 128;

/** A node of the tree. */
export type Node = Branch | Leaf;

/** The branch. Not for use outside this folder. */
export class Branch {
  readonly children: Node[];
  /** `bounds[i]` is not above any key of child i and above every key of child i-1; `bounds[0]` is never looked at. */
  readonly bounds: Uint8Array[];
  /** Live keys below each child. */
  readonly live: number[];
  /** Of `bounds` but the first, see key-head.ts; empty when they have to be read again. */
  #heads: number[] = [];
  /** Bytes that all bounds but the first begin with. */
  #prefix = 0;

  constructor(children: Node[], bounds: Uint8Array[]) {
    this.children = children;
    this.bounds = bounds;
    this.live = children.map(liveBelow);
  }

  /** The index of the child whose interval holds the key. */
  childOf(key: Uint8Array, shared: SharedPrefix): number {
    const last = this.bounds.length - 1;
    if (last === 0) return 0;
    if (this.#heads.length === 0) this.#readHeads();
    const prefix = this.#prefix;
    const first = this.bounds[1]!;
    const most = prefix < key.length ? prefix : key.length;
    let alike = shared.both;
    while (alike < most && first[alike] === key[alike]) alike++;
    if (alike < prefix) {
      const below = alike === key.length || key[alike]! < first[alike]!;
      if (below) shared.raiseHigh(alike);
      else shared.raiseLow(alike);
      return below ? 0 : last;
    }
    const index = this.#lastNotAbove(key);
    if (index > 0) shared.raiseLow(prefix);
    if (index < last) shared.raiseHigh(prefix);
    return index;
  }

  /** The last bound that is not above a key with the common prefix; 0 if all are. */
  #lastNotAbove(key: Uint8Array): number {
    const heads = this.#heads;
    const head = headOf(key, this.#prefix, key.length);
    let low = 0;
    let high = this.bounds.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const other = heads[middle]!;
      if (other < head || (other === head && compareBytes(this.bounds[middle]!, key) <= 0)) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #readHeads(): void {
    const { bounds } = this;
    const [first, last] = [bounds[1]!, bounds[bounds.length - 1]!];
    let prefix = 0;
    while (prefix < first.length && prefix < last.length && first[prefix] === last[prefix]) prefix++;
    this.#prefix = prefix;
    this.#heads = bounds.map((bound) => headOf(bound, prefix, bound.length));
  }

  insert(index: number, bound: Uint8Array, child: Node): void {
    this.children.splice(index, 0, child);
    this.bounds.splice(index, 0, bound);
    this.live.splice(index, 0, liveBelow(child));
    this.#heads = [];
  }

  remove(index: number): void {
    this.children.splice(index, 1);
    this.bounds.splice(index, 1);
    this.live.splice(index, 1);
    this.#heads = [];
  }

  /** Cuts the branch in two; appending at the end leaves the left one nearly full. */
  split(appending: boolean): { bound: Uint8Array; right: Branch } {
    const at = appending ? this.children.length - 1 : this.children.length >> 1;
    const children = this.children.splice(at);
    const bounds = this.bounds.splice(at);
    this.live.length = at;
    this.#heads = [];
    return { bound: bounds[0]!, right: new Branch(children, bounds) };
  }
}

/** Live keys in and below a node. */
export function liveBelow(node: Node): number {
  if (!(node instanceof Branch)) return node.live;
  let sum = 0;
  for (const count of node.live) sum += count;
  return sum;
}
