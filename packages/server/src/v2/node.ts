/**
 * One node of the v2 tree, and how it looks to others at a moment. A node is a directory exactly when it has a map of
 * children. Views are values: they do not change when the node does.
 */
import { assert } from "../lib/assert.ts";
import { compareKeys, isHiddenName, nameOf } from "./paths.ts";

/** A node of the tree. Only the tree changes it. */
export interface TreeNode {
  /** Names the node in the live store; parents have smaller ids than their children. */
  readonly id: number;
  readonly path: string;
  readonly parent: TreeNode | undefined;
  createdIndex: number;
  modifiedIndex: number;
  /** Unix nanoseconds; 0 for a node that stays. */
  expiration: bigint;
  value: string;
  readonly children: Map<string, TreeNode> | undefined;
  /** Place in the queue of nodes to expire; -1 outside it. */
  queuePlace: number;
}

/** What clients are told about a node. */
export interface NodeView {
  /** The full path in the tree, the namespace included. */
  readonly key: string;
  /** Undefined for directories, and where an event has nothing to say about it. */
  readonly value: string | undefined;
  readonly dir: boolean;
  /** Unix nanoseconds; 0 for none. */
  readonly expiration: bigint;
  /** Seconds left, rounded up; 0 for none, or when nothing is left. */
  readonly ttl: number;
  readonly nodes: readonly NodeView[] | undefined;
  readonly modifiedIndex: number;
  readonly createdIndex: number;
}

/** How deep a view goes, in which order, and the moment for which remaining times are told. */
export interface ViewOptions {
  readonly recursive: boolean;
  readonly sorted: boolean;
  readonly nowNs: bigint;
}

const nanosPerSecond = 1_000_000_000n;

/** Seconds until `expiration`, rounded up; negative once it is more than a second past. */
export function secondsLeft(expiration: bigint, nowNs: bigint): number {
  if (expiration === 0n) return 0;
  const left = expiration - nowNs;
  const seconds = Number(left / nanosPerSecond);
  return left > 0n && left % nanosPerSecond !== 0n ? seconds + 1 : seconds;
}

/** The node without what it holds: how it appears in listings that do not recurse, and as the previous state. */
export function viewAlone(node: TreeNode, nowNs: bigint): NodeView {
  return {
    key: node.path,
    value: node.children === undefined ? node.value : undefined,
    dir: node.children !== undefined,
    expiration: node.expiration,
    ttl: secondsLeft(node.expiration, nowNs),
    nodes: undefined,
    modifiedIndex: node.modifiedIndex,
    createdIndex: node.createdIndex,
  };
}

/** The node with its visible children, and theirs when recursive: the answer to a read. No tree is too deep for it. */
export function viewWithChildren(node: TreeNode, options: ViewOptions): NodeView {
  const alone = viewAlone(node, options.nowNs);
  if (node.children === undefined) return alone;
  const nodes: NodeView[] = [];
  const waiting = [{ children: node.children, nodes }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const [name, child] of next.children) {
      if (isHiddenName(name)) continue;
      const view = viewAlone(child, options.nowNs);
      if (!options.recursive || child.children === undefined) next.nodes.push(view);
      else {
        const below: NodeView[] = [];
        next.nodes.push({ ...view, nodes: below });
        waiting.push({ children: child.children, nodes: below });
      }
    }
    if (options.sorted) next.nodes.sort((left, right) => compareKeys(left.key, right.key));
  }
  return { ...alone, nodes };
}

/** Takes a node out of its parent. */
export function detach(node: TreeNode): void {
  const siblings = node.parent?.children;
  assert(siblings?.get(nameOf(node.path)) === node, () => `v2: ${node.path} is not where it should be`);
  siblings.delete(nameOf(node.path));
}
