/**
 * Intervals of keys and who is interested in each: given a key, finds the intervals that hold it in O(log n + found).
 *
 * A treap ordered by (start, end) in which every node knows the highest end below it. Priorities come from a fixed
 * pseudo-random sequence, not from the keys, so that no order of insertion makes the tree deep. Members of equal intervals
 * share one node. Invariants: no node has a higher priority than its parent; `highestEnd` is right; no node is empty.
 */
import { assert } from "../../lib/assert.ts";

/** An interval from `start` to before `end`; without `end`, to the last key. */
export interface Interval {
  readonly start: string;
  readonly end: string | undefined;
}

interface Node<T> {
  readonly start: string;
  readonly end: string | undefined;
  readonly priority: number;
  readonly members: Set<T>;
  highestEnd: string | undefined;
  left: Node<T> | undefined;
  right: Node<T> | undefined;
}

type Tree<T> = Node<T> | undefined;

/** Members by interval. */
export class IntervalTree<T> {
  #root: Tree<T>;
  #random = 0x9e3779b9;

  /** Adds a member to an interval; adding it twice changes nothing. */
  add(interval: Interval, member: T): void {
    const node = find(this.#root, interval);
    if (node !== undefined) {
      node.members.add(member);
      return;
    }
    const { start, end } = interval;
    const fresh: Node<T> = {
      start,
      end,
      priority: this.#nextPriority(),
      members: new Set([member]),
      highestEnd: end,
      left: undefined,
      right: undefined,
    };
    this.#root = insert(this.#root, fresh);
  }

  /** Takes a member out of an interval it was added to. */
  remove(interval: Interval, member: T): void {
    const node = find(this.#root, interval);
    assert(node?.members.delete(member) === true, "the member is not in this interval");
    if (node.members.size === 0) this.#root = take(this.#root, node);
  }

  /** Calls `visit` for every member of every interval that holds the key. The tree must not change meanwhile. */
  forEachHolding(key: string, visit: (member: T) => void): void {
    walk(this.#root, key, visit);
  }

  #nextPriority(): number {
    this.#random ^= this.#random << 13;
    this.#random ^= this.#random >>> 17;
    this.#random ^= this.#random << 5;
    return this.#random;
  }
}

function walk<T>(tree: Tree<T>, key: string, visit: (member: T) => void): void {
  if (tree === undefined || !isBefore(key, tree.highestEnd)) return;
  walk(tree.left, key, visit);
  if (key < tree.start) return;
  if (isBefore(key, tree.end)) for (const member of tree.members) visit(member);
  walk(tree.right, key, visit);
}

function isBefore(key: string, end: string | undefined): boolean {
  return end === undefined || key < end;
}

function compare(a: Interval, b: Interval): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  if (a.end === b.end) return 0;
  if (a.end === undefined) return 1;
  return b.end === undefined || a.end < b.end ? -1 : 1;
}

function find<T>(tree: Tree<T>, interval: Interval): Tree<T> {
  let node = tree;
  while (node !== undefined) {
    const order = compare(interval, node);
    if (order === 0) return node;
    node = order < 0 ? node.left : node.right;
  }
  return undefined;
}

function insert<T>(tree: Tree<T>, fresh: Node<T>): Node<T> {
  if (tree === undefined) return fresh;
  if (fresh.priority > tree.priority) {
    [fresh.left, fresh.right] = split(tree, fresh);
    return measured(fresh);
  }
  if (compare(fresh, tree) < 0) tree.left = insert(tree.left, fresh);
  else tree.right = insert(tree.right, fresh);
  return measured(tree);
}

/** Cuts a tree into what is before `at` and what is behind it. */
function split<T>(tree: Tree<T>, at: Interval): [Tree<T>, Tree<T>] {
  if (tree === undefined) return [undefined, undefined];
  if (compare(tree, at) < 0) {
    const [before, behind] = split(tree.right, at);
    tree.right = before;
    return [measured(tree), behind];
  }
  const [before, behind] = split(tree.left, at);
  tree.left = behind;
  return [before, measured(tree)];
}

function take<T>(tree: Tree<T>, gone: Node<T>): Tree<T> {
  assert(tree !== undefined, "the node is not in the tree");
  if (tree === gone) return join(tree.left, tree.right);
  if (compare(gone, tree) < 0) tree.left = take(tree.left, gone);
  else tree.right = take(tree.right, gone);
  return measured(tree);
}

/** Joins two trees of which all of the left one is before all of the right one. */
function join<T>(left: Tree<T>, right: Tree<T>): Tree<T> {
  if (left === undefined) return right;
  if (right === undefined) return left;
  if (left.priority > right.priority) {
    left.right = join(left.right, right);
    return measured(left);
  }
  right.left = join(left, right.left);
  return measured(right);
}

function measured<T>(node: Node<T>): Node<T> {
  node.highestEnd = later(node.end, later(highest(node.left, node.end), highest(node.right, node.end)));
  return node;
}

function highest<T>(tree: Tree<T>, otherwise: string | undefined): string | undefined {
  return tree === undefined ? otherwise : tree.highestEnd;
}

function later(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || b === undefined ? undefined : a < b ? b : a;
}
