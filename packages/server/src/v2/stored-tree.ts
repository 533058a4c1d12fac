/**
 * The key space as it stands in a live store, read without the tree in memory: for snapshots, which are made while the tree
 * changes. Two passes over the bucket. The first notes who holds whom, in twenty-odd bytes a node whatever its size; the second
 * reads each node again when it is its turn. Bound: 2^31 nodes.
 */
import { assert } from "../lib/assert.ts";
import { successor } from "../lib/bytes.ts";
import { type BackendView, buckets, isCutSlice } from "../ports/index.ts";
import type { V2Event } from "./event.ts";
import { namespaces } from "./paths.ts";
import { breath, type SnapshotNode, snapshotPieces } from "./snapshot-pieces.ts";
import { createStats, type V2Stats } from "./stats.ts";
import {
  decodeEvent,
  decodeIndex,
  decodeStoredNode,
  nodeIdOf,
  nodeKey,
  parentIdOf,
  recordTags,
  V2CorruptError,
} from "./v2-bucket.ts";

/** What is read: a view, so that it stays as it is between pieces. */
export type TreeView = Pick<BackendView, "get" | "slice">;

/** Records read at a time, fewer when they are large. */
const slice = { limit: 200, bytesMax: 256 * 1024 };
const initialNodes = 1024;
const none = -1;

/**
 * The whole key space of a view in etcd's form, in pieces; empty ones are pauses. Throws `V2CorruptError`. A cluster's version
 * beyond 3.4 is left out: the last etcd that knows v2 would refuse to start from what it takes for a downgrade.
 */
export function* storedSnapshotPieces(view: TreeView, stats?: V2Stats): Generator<Uint8Array> {
  const tree = new StoredTree(view);
  yield* tree.load();
  yield* snapshotPieces({
    ...tree.history,
    root: withoutVersion(tree.root()),
    stats: stats ?? createStats(),
    pathStart: 0,
  });
}

/** The keys of clients alone, as 0.4 wrote them; see `storedSnapshotPieces`. */
export function* storedKeysPieces(view: TreeView, stats?: V2Stats): Generator<Uint8Array> {
  const tree = new StoredTree(view);
  yield* tree.load();
  const root = childNamed(tree.root(), namespaces.keys.slice(1));
  yield* snapshotPieces({ ...tree.history, root, stats: stats ?? createStats(), pathStart: namespaces.keys.length });
}

const newestVersion = { major: 3, minor: 4 };

function withoutVersion(root: SnapshotNode): SnapshotNode {
  return mapped(root, (node) =>
    node.name === namespaces.members.slice(1)
      ? mapped(node, (child) => (child.name === "version" && isBeyond(child.value) ? undefined : child))
      : node,
  );
}

function mapped(node: SnapshotNode, map: (child: SnapshotNode) => SnapshotNode | undefined): SnapshotNode {
  return node.children === undefined ? node : { ...node, children: mappedChildren(node.children, map) };
}

function* mappedChildren(
  children: Iterator<SnapshotNode>,
  map: (child: SnapshotNode) => SnapshotNode | undefined,
): Generator<SnapshotNode> {
  for (let next = children.next(); next.done !== true; next = children.next()) {
    const child = map(next.value);
    if (child !== undefined) yield child;
  }
}

function isBeyond(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > newestVersion.major || (major === newestVersion.major && minor > newestVersion.minor);
}

function childNamed({ children }: SnapshotNode, name: string): SnapshotNode {
  for (let child = children?.next(); child?.done === false; child = children?.next())
    if (child.value.name === name) return child.value;
  throw new Error(`v2: the namespace ${name} is not in the store`);
}

/** Places of nodes, in the order of their ids, and who is whose. */
class StoredTree {
  readonly #view: TreeView;
  #ids = new Float64Array(initialNodes);
  #firstChild = new Int32Array(initialNodes);
  #lastChild = new Int32Array(initialNodes);
  #nextSibling = new Int32Array(initialNodes);
  #count = 0;
  /** Of the events kept, with the keys of their records. */
  readonly #events: { readonly index: number; readonly key: Uint8Array }[] = [];
  #restoredIndex = 0;

  constructor(view: TreeView) {
    this.#view = view;
  }

  /** Notes everything; gives pauses. */
  *load(): Generator<Uint8Array> {
    let start: Uint8Array = new Uint8Array(0);
    for (;;) {
      const range = { start, ...slice };
      const entries = this.#view.slice(buckets.v2, range);
      for (const { key, value } of entries) this.#note(key, value);
      if (!isCutSlice(entries, range)) break;
      start = successor(entries.at(-1)!.key);
      yield breath;
    }
    this.#events.sort((left, right) => left.index - right.index);
  }

  /** The index, and the history that goes with it. */
  get history(): { index: number; history: { firstIndex: number; lastIndex: number; events: Iterable<V2Event> } } {
    const [firstIndex, lastIndex] = [this.#events[0]?.index ?? 0, this.#events.at(-1)?.index ?? 0];
    const index = this.#events.length === 0 ? this.#restoredIndex : lastIndex;
    return { index, history: { firstIndex, lastIndex, events: this.#readEvents() } };
  }

  /** The root; to be asked for once everything is noted. */
  root(): SnapshotNode {
    assert(this.#count > 0, "v2: the store holds no tree");
    return this.#node(0);
  }

  *#readEvents(): Generator<V2Event> {
    for (const { key } of this.#events) yield decodeEvent(key, this.#view.get(buckets.v2, key)!);
  }

  #note(key: Uint8Array, value: Uint8Array): void {
    if (key[0] === recordTags.node) this.#noteNode(nodeIdOf(key), parentIdOf(key, value));
    else if (key[0] === recordTags.event)
      this.#events.push({ index: decodeEvent(key, value).node.modifiedIndex, key: key.slice() });
    else this.#restoredIndex = decodeIndex(key, value);
  }

  #noteNode(id: number, parentId: number): void {
    if (this.#count === this.#ids.length) this.#grow();
    const place = this.#count++;
    this.#ids[place] = id;
    this.#firstChild[place] = none;
    this.#lastChild[place] = none;
    this.#nextSibling[place] = none;
    if (place === 0) return;
    const parent = this.#placeOf(parentId);
    const last = this.#lastChild[parent]!;
    if (last === none) this.#firstChild[parent] = place;
    else this.#nextSibling[last] = place;
    this.#lastChild[parent] = place;
  }

  #grow(): void {
    this.#ids = grown(this.#ids, Float64Array);
    this.#firstChild = grown(this.#firstChild, Int32Array);
    this.#lastChild = grown(this.#lastChild, Int32Array);
    this.#nextSibling = grown(this.#nextSibling, Int32Array);
  }

  #placeOf(id: number): number {
    let [low, high] = [0, this.#count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ids[middle]! < id) low = middle + 1;
      else high = middle;
    }
    if (this.#ids[low] !== id)
      throw new V2CorruptError(`bucket v2: directory ${id} is not there, but what it holds is`);
    return low;
  }

  #node(place: number): SnapshotNode {
    const key = nodeKey(this.#ids[place]!);
    const { dir, ...fields } = decodeStoredNode(key, this.#view.get(buckets.v2, key)!);
    return { ...fields, children: dir ? this.#childrenOf(place) : undefined };
  }

  *#childrenOf(place: number): Generator<SnapshotNode> {
    for (let child = this.#firstChild[place]!; child !== none; child = this.#nextSibling[child]!)
      yield this.#node(child);
  }
}

function grown<A extends Float64Array | Int32Array>(array: A, type: new (length: number) => A): A {
  const larger = new type(array.length * 2);
  larger.set(array);
  return larger;
}
