/**
 * The v2 tree: nodes, one index that every change moves by one, and the operations that change it. Deterministic: an
 * operation depends on the tree and its arguments alone, time included. It neither notifies nor stores; it tells what
 * changed, and `V2Store` does the rest. Source: etcd's v2 API document, and the recorded answers in `conformance/`.
 *
 * Invariants: a change that fails changes nothing; every change has exactly one event, whose index is the tree's after
 * it; a node is in the expiry queue exactly when it has an expiration.
 */
import { assert } from "../lib/assert.ts";
import { type V2Action, type V2Event, type V2Failure, v2Actions } from "./event.ts";
import { ExpiryQueue } from "./expiry-queue.ts";
import { detach, type NodeView, type TreeNode, viewAlone } from "./node.ts";
import { cleanPath, nameOf, namespaces, parentPath } from "./paths.ts";
import type { TreeRules } from "./rules.ts";

/** The arguments of a change; each operation reads those that concern it. */
export interface TreeWrite {
  readonly path: string;
  readonly dir: boolean;
  readonly value: string;
  /** Empty: not compared. */
  readonly prevValue: string;
  /** 0: not compared. */
  readonly prevIndex: number;
  readonly recursive: boolean;
  /** Unix nanoseconds; 0 for none. */
  readonly expiration: bigint;
  /** Renews the time to live, keeps the value, wakes nobody. */
  readonly refresh: boolean;
  /** The moment of the request, for the remaining times in its event. */
  readonly nowNs: bigint;
  readonly rules: TreeRules;
}

/** A change that happened. */
export interface TreeChange {
  readonly event: V2Event;
  /** Every node that is gone, children before their directory; one that was replaced is not. */
  readonly removed: readonly TreeNode[];
  readonly failure?: undefined;
}

/** What an operation gives. */
export type TreeOutcome = TreeChange | { readonly failure: V2Failure };

/** Told of every node that was made, changed or removed, so that a store can keep up. */
export interface TreeObserver {
  changed(node: TreeNode): void;
  removed(node: TreeNode): void;
}

/** A node as it was stored. */
export interface StoredNode {
  readonly id: number;
  readonly path: string;
  readonly createdIndex: number;
  readonly modifiedIndex: number;
  readonly expiration: bigint;
  readonly value: string;
  readonly dir: boolean;
}

type NewNode = Omit<StoredNode, "id" | "modifiedIndex">;

const nothing: readonly TreeNode[] = [];
const readOnlyPaths: ReadonlySet<string> = new Set(["/", namespaces.members, namespaces.keys]);
/** Expirations before the year 2000 stand for none: an empty time of an old log may come as one. */
const expirationMin = 946_684_800_000_000_000n;
const rootId = 1;

/** The tree. */
export class V2Tree {
  readonly #queue = new ExpiryQueue();
  readonly #observer: TreeObserver;
  #root: TreeNode;
  #lastId = rootId;
  #index = 0;

  constructor(observer: TreeObserver) {
    this.#observer = observer;
    this.#root = createNode(
      { id: rootId, path: "/", createdIndex: 0, expiration: 0n, value: "", dir: true },
      undefined,
    );
  }

  /** Makes the namespaces every tree has. */
  foundNamespaces(): void {
    this.#observer.changed(this.#root);
    for (const path of [namespaces.members, namespaces.keys])
      this.#attach({ path, value: "", dir: true, expiration: 0n, createdIndex: 0 }, this.#root);
  }

  get root(): TreeNode {
    return this.#root;
  }

  /** The index of the last change. */
  get index(): number {
    return this.#index;
  }

  /** Nodes that have a time to live. */
  get expiringCount(): number {
    return this.#queue.size;
  }

  /** Finds a node, or says what is in the way. The path must be clean. */
  find(path: string): TreeNode | V2Failure {
    let node = this.#root;
    for (let at = 1; at < path.length; ) {
      const end = endOfName(path, at);
      if (node.children === undefined) return this.#failure(104, node.path);
      const child = node.children.get(path.slice(at, end));
      if (child === undefined) return this.#failure(100, path.slice(0, end));
      node = child;
      at = end + 1;
    }
    return node;
  }

  /** Sets a node whatever was there, but never replaces a directory. */
  set(write: TreeWrite): TreeOutcome {
    const path = cleanPath(write.path);
    const present = this.find(path);
    if (isFailure(present) && (present.code !== 100 || write.refresh)) return { failure: present };
    const previous = isFailure(present) ? undefined : present;
    const value = write.refresh ? previous!.value : write.value;
    // The old state has the key as it was asked for, so that a slash at its end shows: etcd never cleaned that one.
    return this.#make({ ...write, path, value }, { action: v2Actions.set, previous, key: write.path });
  }

  /** Makes a node that must not be there; fails when it is. */
  create(write: TreeWrite): TreeOutcome {
    const path = cleanPath(write.path);
    return this.#make({ ...write, path }, { action: v2Actions.create, previous: undefined, key: path });
  }

  /** Makes a node below `path` named by the index. */
  createInOrder(write: TreeWrite): TreeOutcome {
    const number = String(this.#index + 1);
    const name = write.rules.paddedKeys ? number.padStart(20, "0") : number;
    return this.create({ ...write, path: `${write.path}/${name}` });
  }

  /** Changes a node that must be there. */
  update(write: TreeWrite): TreeOutcome {
    const node = this.#writable(write.path);
    if (isFailure(node)) return { failure: node };
    const isDirectory = node.children !== undefined;
    if (isDirectory && write.value !== "") return { failure: this.#failure(102, node.path) };
    const keepsValue = isDirectory || (write.rules.keepsValue && write.value === "" && !write.refresh);
    return this.#rewrite(node, { ...write, action: v2Actions.update, keepsValue });
  }

  /** Changes a file when its value and index are as wanted. */
  compareAndSwap(write: TreeWrite): TreeOutcome {
    const node = this.#writable(write.path);
    if (isFailure(node)) return { failure: node };
    const failure = this.#refuseDirectory(node) ?? this.#compare(node, write);
    if (failure !== undefined) return { failure };
    return this.#rewrite(node, { ...write, action: v2Actions.compareAndSwap, keepsValue: false });
  }

  /** Removes a node; a directory only with `dir`, and one that holds something only with `recursive`. */
  delete(write: TreeWrite): TreeOutcome {
    const node = this.#writable(write.path);
    if (isFailure(node)) return { failure: node };
    if (node.children !== undefined) {
      if (!write.dir && !write.recursive) return { failure: this.#failure(102, node.path) };
      if (node.children.size > 0 && !write.recursive) return { failure: this.#failure(108, node.path) };
    }
    return this.#remove(node, { action: v2Actions.delete, nowNs: write.nowNs });
  }

  /** Removes a file when its value and index are as wanted. */
  compareAndDelete(write: TreeWrite): TreeOutcome {
    const node = this.find(cleanPath(write.path));
    if (isFailure(node)) return { failure: node };
    const failure = this.#refuseDirectory(node) ?? this.#compare(node, write);
    if (failure !== undefined) return { failure };
    return this.#remove(node, { action: v2Actions.compareAndDelete, nowNs: write.nowNs });
  }

  /** Removes the next node that is due at `nowNs`; undefined when none is. */
  expireNext(nowNs: bigint): TreeChange | undefined {
    const node = this.#queue.first();
    if (node === undefined || node.expiration > nowNs) return undefined;
    return this.#remove(node, { action: v2Actions.expire, nowNs });
  }

  /** Puts the tree in the state of stored nodes, every directory before what it holds. */
  load(nodes: Iterable<StoredNode>, index: number): void {
    const byPath = new Map<string, TreeNode>();
    for (const stored of nodes) {
      const parent = stored.path === "/" ? undefined : byPath.get(parentPath(stored.path));
      const node = createNode(stored, parent);
      node.modifiedIndex = stored.modifiedIndex;
      this.#lastId = Math.max(this.#lastId, node.id);
      this.#queue.update(node);
      if (node.path === "/") this.#root = node;
      else assert(parent?.children !== undefined, `v2: stored node ${node.path} has no directory`);
      parent?.children?.set(nameOf(node.path), node);
      if (node.children !== undefined) byPath.set(node.path, node);
    }
    this.#index = index;
  }

  #make(write: TreeWrite, how: { action: V2Action; previous: TreeNode | undefined; key: string }): TreeOutcome {
    const { path, dir, value, nowNs } = write;
    const { action, previous } = how;
    if (readOnlyPaths.has(path)) return { failure: this.#failure(107, "/") };
    const obstacle = this.#obstacle(path, previous);
    if (obstacle !== undefined) return { failure: obstacle };
    const prevNode = previous === undefined ? undefined : { ...viewAlone(previous, nowNs), key: how.key };
    this.#index++;
    const expiration = write.expiration < expirationMin ? 0n : write.expiration;
    const init = { path, value: dir ? "" : value, dir, expiration, createdIndex: this.#index };
    const inPlace = previous !== undefined && !dir;
    const node = inPlace ? this.#renew(previous, init) : this.#makeAnew(init, previous);
    return { event: this.#event(action, { node: viewAlone(node, nowNs), prevNode, write }), removed: nothing };
  }

  /** A file takes the place of a file: to others it is a new node, but no directory has to know. */
  #renew(node: TreeNode, { value, expiration, createdIndex }: NewNode): TreeNode {
    node.value = value;
    node.createdIndex = createdIndex;
    node.modifiedIndex = createdIndex;
    if (node.expiration !== expiration) {
      node.expiration = expiration;
      this.#queue.update(node);
    }
    this.#observer.changed(node);
    return node;
  }

  #makeAnew(init: NewNode, previous: TreeNode | undefined): TreeNode {
    if (previous !== undefined) this.#discard(previous);
    return this.#attach(init, previous?.parent ?? this.#makeDirectories(parentPath(init.path)), previous?.id);
  }

  /** What forbids making a node: a file on the way, a directory in its place, or anything when nothing may be there. */
  #obstacle(path: string, previous: TreeNode | undefined): V2Failure | undefined {
    if (previous !== undefined) return previous.children === undefined ? undefined : this.#failure(102, path);
    const present = this.find(path);
    if (!isFailure(present)) return this.#failure(105, path);
    return present.code === 104 ? present : undefined;
  }

  #makeDirectories(path: string): TreeNode {
    let node = this.#root;
    for (let at = 1; at < path.length; ) {
      const end = endOfName(path, at);
      const present = node.children?.get(path.slice(at, end));
      const missing = { path: path.slice(0, end), value: "", dir: true, expiration: 0n, createdIndex: this.#index };
      node = present ?? this.#attach(missing, node);
      at = end + 1;
    }
    return node;
  }

  /** `id` when the node takes the place of another: the store then writes over it. */
  #attach(init: NewNode, parent: TreeNode, id = ++this.#lastId): TreeNode {
    assert(parent.children !== undefined, "v2: the parent of a new node is a directory");
    const node = createNode({ ...init, id }, parent);
    parent.children.set(nameOf(node.path), node);
    this.#queue.update(node);
    this.#observer.changed(node);
    return node;
  }

  #rewrite(node: TreeNode, write: TreeWrite & { action: V2Action; keepsValue: boolean }): TreeOutcome {
    const { action, keepsValue, nowNs } = write;
    const prevNode = viewAlone(node, nowNs);
    this.#index++;
    if (!keepsValue) {
      node.value = write.refresh ? node.value : write.value;
      node.modifiedIndex = this.#index;
    }
    if (write.expiration !== 0n || !write.rules.keepsTtl) {
      node.expiration = write.expiration;
      this.#queue.update(node);
    }
    this.#observer.changed(node);
    // A directory's own index stays, but the event tells the index of the change.
    const view = { ...viewAlone(node, nowNs), modifiedIndex: this.#index };
    const event = this.#event(action, { node: view, prevNode, write });
    return { event: keepsValue ? { ...event, keptValue: true } : event, removed: nothing };
  }

  #remove(node: TreeNode, { action, nowNs }: { action: V2Action; nowNs: bigint }): TreeChange {
    const prevNode = viewAlone(node, nowNs);
    const removed = this.#discard(node);
    this.#index++;
    const view = { ...prevNode, value: undefined, expiration: 0n, ttl: 0, modifiedIndex: this.#index };
    return { event: this.#event(action, { node: view, prevNode, write: undefined }), removed };
  }

  /** Takes a node and all below it out of tree and queue; children come before their directory. */
  #discard(node: TreeNode): TreeNode[] {
    detach(node);
    const removed: TreeNode[] = [];
    const waiting = [node];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      removed.push(next);
      this.#queue.remove(next);
      this.#observer.removed(next);
      for (const child of next.children?.values() ?? []) waiting.push(child);
    }
    return removed.reverse();
  }

  #writable(rawPath: string): TreeNode | V2Failure {
    const path = cleanPath(rawPath);
    return readOnlyPaths.has(path) ? this.#failure(107, "/") : this.find(path);
  }

  #refuseDirectory(node: TreeNode): V2Failure | undefined {
    return node.children === undefined ? undefined : this.#failure(102, node.path);
  }

  #compare(node: TreeNode, { prevValue, prevIndex }: TreeWrite): V2Failure | undefined {
    const sameValue = prevValue === "" || prevValue === node.value;
    const sameIndex = prevIndex === 0 || prevIndex === node.modifiedIndex;
    if (sameValue && sameIndex) return undefined;
    const causes = [
      ...(sameValue ? [] : [`[${prevValue} != ${node.value}]`]),
      ...(sameIndex ? [] : [`[${prevIndex} != ${node.modifiedIndex}]`]),
    ];
    const mismatch = { wantedValue: prevValue, value: node.value, wantedIndex: prevIndex, index: node.modifiedIndex };
    return { ...this.#failure(101, causes.join(" ")), mismatch };
  }

  #event(
    action: V2Action,
    { node, prevNode, write }: { node: NodeView; prevNode: NodeView | undefined; write: TreeWrite | undefined },
  ): V2Event {
    assert(node.modifiedIndex === this.#index, "v2: the event of a change has the index of the change");
    return { action, node, prevNode, refresh: write?.refresh ?? false, storeIndex: this.#index };
  }

  #failure(code: V2Failure["code"], cause: string): V2Failure {
    return { code, cause, index: this.#index };
  }
}

/** Tells a failure from a node. */
export function isFailure(found: TreeNode | V2Failure): found is V2Failure {
  return "code" in found;
}

function endOfName(path: string, start: number): number {
  const end = path.indexOf("/", start);
  return end < 0 ? path.length : end;
}

function createNode(init: Omit<StoredNode, "modifiedIndex">, parent: TreeNode | undefined): TreeNode {
  const { id, path, createdIndex, expiration, value, dir } = init;
  const children = dir ? new Map<string, TreeNode>() : undefined;
  return { id, path, parent, createdIndex, modifiedIndex: createdIndex, expiration, value, children, queuePlace: -1 };
}
