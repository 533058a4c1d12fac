/**
 * An inner node of the key index: children in key order, the smallest key each may hold, and how many live keys are
 * below each, which makes counting an interval a walk down instead of a walk along.
 */
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

  constructor(children: Node[], bounds: Uint8Array[]) {
    this.children = children;
    this.bounds = bounds;
    this.live = children.map(liveBelow);
  }

  /** The index of the child whose interval holds the key. */
  childOf(key: Uint8Array, shared: SharedPrefix): number {
    let low = 0;
    let high = this.bounds.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const bound = this.bounds[middle]!;
      const least = bound.length < key.length ? bound.length : key.length;
      let at = shared.both;
      while (at < least && bound[at] === key[at]) at++;
      if (at === bound.length || (at < least && bound[at]! < key[at]!)) {
        low = middle;
        shared.low = at;
      } else {
        high = middle - 1;
        shared.high = at;
      }
    }
    return low;
  }

  insert(index: number, bound: Uint8Array, child: Node): void {
    this.children.splice(index, 0, child);
    this.bounds.splice(index, 0, bound);
    this.live.splice(index, 0, liveBelow(child));
  }

  remove(index: number): void {
    this.children.splice(index, 1);
    this.bounds.splice(index, 1);
    this.live.splice(index, 1);
  }

  /** Cuts the branch in two; appending at the end leaves the left one nearly full. */
  split(appending: boolean): { bound: Uint8Array; right: Branch } {
    const at = appending ? this.children.length - 1 : this.children.length >> 1;
    const children = this.children.splice(at);
    const bounds = this.bounds.splice(at);
    this.live.length = at;
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
