/**
 * The key space in the live store, kept up with what changes: one record a node, one an event of the history. Both wait for
 * the commit: a node that changed a hundred times is written once, events that the history has dropped are not written at all,
 * and nodes in the order of their ids are staged for a fraction of what the order of changes costs. Until then the log has them.
 *
 * Bucket `v2`:
 *   "n" id (8 bytes, big endian)      → JSON [directory's id, name, createdIndex, modifiedIndex, expiration, dir, value]
 *   "e" index mod 1000 (2 bytes)      → the event as JSON, as etcd stores it
 *   "i"                               → the index of a snapshot that was restored, as JSON
 * A directory has a smaller id than what it holds, so records in order of key build the tree. The root has the directory 0.
 * The index is the newest event's, or the restored one while that has no event.
 */

import { equalBytes, successor } from "../lib/bytes.ts";
import { quote } from "../lib/go-json.ts";
import { type Backend, buckets } from "../ports/index.ts";
import type { V2Event } from "./event.ts";
import { type EventHistory, historyEventsMax } from "./event-history.ts";
import { formatEvent, type NodeForm, storedForm } from "./event-json.ts";
import type { TreeNode } from "./node.ts";
import { childPath, nameOf } from "./paths.ts";
import { isIndex, readEvent } from "./read-event.ts";
import { RecordBytes } from "./record-bytes.ts";
import type { StoredNode, TreeObserver } from "./tree.ts";

/** What a live store holds. */
export interface LoadedV2 {
  readonly nodes: StoredNode[];
  readonly events: V2Event[];
  readonly index: number;
}

/** A record of the bucket that cannot be read. */
export class V2CorruptError extends Error {
  override readonly name = "V2CorruptError";
}

/** What records are told apart by: the first byte of their keys. */
export const recordTags = { node: 0x6e, event: 0x65 } as const;
const nodeKeyBytes = 9;
const indexKey = Uint8Array.of(0x69);
const pageEntries = 10_000;
/** More than this is staged at once: it counts against what the store may have staged, and a commit must not take long to begin. */
const waitingCharsMax = 1024 * 1024;
/** What a node counts beside its path and value. */
const nodeChars = 64;
const decoder = new TextDecoder();

/** Collects changes and stages them. */
export class V2Bucket implements TreeObserver {
  readonly #backend: Backend;
  readonly #bytes = new RecordBytes();
  readonly #changed = new Set<TreeNode>();
  readonly #removed = new Set<number>();
  #stagedIndex = 0;
  /** Waits to be staged after `rewrite`. */
  #restoredIndex: number | undefined;
  /** The newest event whose size was counted. */
  #seenIndex = 0;
  /** Of paths and values that changed since nodes were staged. */
  #nodeChars = 0;
  /** Of the keys and values in events that wait for a commit: of each, by its place in the history, and in all. */
  readonly #charsOfEvents = new Float64Array(historyEventsMax);
  #eventChars = 0;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  changed(node: TreeNode): void {
    this.#changed.add(node);
    if (this.#removed.size > 0) this.#removed.delete(node.id);
    this.#nodeChars += nodeChars + node.path.length + node.value.length;
  }

  removed(node: TreeNode): void {
    this.#changed.delete(node);
    this.#removed.add(node.id);
    this.#nodeChars += nodeChars;
  }

  /** Stages what is too large to wait for the commit; to be called after every batch of changes. */
  stage(history: EventHistory): void {
    for (let index = firstAfter(this.#seenIndex, history); index <= history.lastIndex; index++)
      this.#countEvent(index, sizeOf(history.at(index)));
    this.#seenIndex = history.lastIndex;
    if (this.#nodeChars > waitingCharsMax) this.#stageNodes();
    if (this.#eventChars > waitingCharsMax) this.#stageEvents(history);
  }

  /** Stages everything that waits: the live store is about to commit. */
  stageAll(history: EventHistory): void {
    this.#stageNodes();
    this.#stageRestoredIndex();
    this.#stageEvents(history);
  }

  /** The event before it in the same place has left the history, and waits no more. */
  #countEvent(index: number, chars: number): void {
    const place = index % historyEventsMax;
    this.#eventChars += chars - this.#charsOfEvents[place]!;
    this.#charsOfEvents[place] = chars;
  }

  #stageNodes(): void {
    for (const id of this.#removed) this.#backend.delete(buckets.v2, nodeKey(id));
    const changed = [...this.#changed].sort((left, right) => left.id - right.id);
    for (const node of changed) this.#backend.put(buckets.v2, nodeKey(node.id), this.#bytes.of(nodeRecord(node)));
    this.#removed.clear();
    this.#changed.clear();
    this.#nodeChars = 0;
  }

  #stageRestoredIndex(): void {
    if (this.#restoredIndex === undefined) return;
    this.#backend.put(buckets.v2, indexKey, this.#bytes.of(JSON.stringify(this.#restoredIndex)));
    this.#restoredIndex = undefined;
  }

  #stageEvents(history: EventHistory): void {
    for (let index = firstAfter(this.#stagedIndex, history); index <= history.lastIndex; index++)
      this.#backend.put(buckets.v2, eventKey(index), this.#bytes.of(eventRecord(history.at(index))));
    this.#stagedIndex = history.lastIndex;
    this.#charsOfEvents.fill(0);
    this.#eventChars = 0;
  }

  /** What is in the bucket already needs no staging. */
  loaded(index: number): void {
    this.#stagedIndex = index;
    this.#seenIndex = index;
    this.#charsOfEvents.fill(0);
    this.#eventChars = 0;
  }

  /** Stages the removal of everything. */
  clear(): void {
    for (let page = this.#page(); page.length > 0; page = this.#page())
      for (const { key } of page) this.#backend.delete(buckets.v2, key);
    this.forget();
  }

  /** Leaves what was changed but not staged. */
  forget(): void {
    this.#changed.clear();
    this.#removed.clear();
    this.#nodeChars = 0;
    this.#restoredIndex = undefined;
    this.loaded(0);
  }

  /** Has every node below `root` staged, and the index that no event may tell. */
  rewrite(root: TreeNode, index: number): void {
    this.#restoredIndex = index;
    const waiting = [root];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      this.#changed.add(node);
      for (const child of node.children?.values() ?? []) waiting.push(child);
    }
  }

  #page(): { key: Uint8Array }[] {
    return this.#backend.slice(buckets.v2, { start: new Uint8Array(0), limit: pageEntries });
  }
}

/** Reads the bucket; undefined when it is empty. */
export function loadV2Bucket(backend: Backend): LoadedV2 | undefined {
  const nodes: StoredNode[] = [];
  const events: V2Event[] = [];
  const directories = new Map<number, string>();
  let restoredIndex = 0;
  let start: Uint8Array = new Uint8Array(0);
  for (;;) {
    const page = backend.slice(buckets.v2, { start, limit: pageEntries });
    for (const { key, value } of page) {
      if (key[0] === recordTags.node) nodes.push(decodeNode(key, value, directories));
      else if (key[0] === recordTags.event) events.push(decodeEvent(key, value));
      else restoredIndex = decodeIndex(key, value);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < pageEntries) break;
    start = successor(last.key);
  }
  if (nodes.length === 0) return undefined;
  events.sort((left, right) => left.node.modifiedIndex - right.node.modifiedIndex);
  return { nodes, events, index: events.at(-1)?.node.modifiedIndex ?? restoredIndex };
}

/** The first event after an index that the history still holds; an index beyond its last when there is none. */
function firstAfter(index: number, { firstIndex }: EventHistory): number {
  return Math.max(firstIndex, index + 1, 1);
}

function sizeOf({ node, prevNode }: V2Event): number {
  const previous = prevNode === undefined ? 0 : prevNode.key.length + (prevNode.value?.length ?? 0);
  return node.key.length + (node.value?.length ?? 0) + previous;
}

/** The key of a node's record. */
export function nodeKey(id: number): Uint8Array {
  const key = new Uint8Array(nodeKeyBytes);
  key[0] = recordTags.node;
  for (let at = nodeKeyBytes - 1, rest = id; rest > 0; at--) {
    key[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return key;
}

function eventKey(index: number): Uint8Array {
  const slot = index % historyEventsMax;
  return Uint8Array.of(recordTags.event, slot >> 8, slot & 0xff);
}

/** A directory is told by its id: whole paths would make what one deep key writes grow with the square of its depth. */
function nodeRecord(node: TreeNode): string {
  const { path, parent, createdIndex, modifiedIndex, expiration, children, value } = node;
  const place = `${parent?.id ?? 0},${quote(nameOf(path))},${createdIndex},${modifiedIndex}`;
  const expires = expiration === 0n ? "" : String(expiration);
  return `[${place},"${expires}",${children !== undefined},${quote(value)}]`;
}

/** The id in the key of a node's record. */
export function nodeIdOf(key: Uint8Array): number {
  return Number(new DataView(key.buffer, key.byteOffset).getBigUint64(1));
}

/** The directory's id in a node's record, which it begins with: without reading the rest. */
export function parentIdOf(key: Uint8Array, bytes: Uint8Array): number {
  const end = bytes.indexOf(0x2c);
  const text = decoder.decode(bytes.subarray(1, Math.max(end, 1)));
  if (!/^\d{1,16}$/.test(text)) throw corrupt(key, "no directory");
  return Number(text);
}

/** Adds a directory to those by which later nodes are placed. */
function decodeNode(key: Uint8Array, bytes: Uint8Array, directories: Map<number, string>): StoredNode {
  const { parentId, name, ...node } = decodeStoredNode(key, bytes);
  const directory = directories.get(parentId);
  if ((directory === undefined) !== (parentId === 0)) throw corrupt(key, `a node of directory ${parentId}`);
  const path = directory === undefined ? "/" : childPath(directory, name);
  const id = nodeIdOf(key);
  if (node.dir) directories.set(id, path);
  return { id, path, ...node };
}

/** A node's record, placed by its directory's id and its name. */
export function decodeStoredNode(
  key: Uint8Array,
  bytes: Uint8Array,
): Omit<StoredNode, "id" | "path"> & { readonly parentId: number; readonly name: string } {
  const fields = parse(key, bytes);
  if (!Array.isArray(fields)) throw corrupt(key, "no list");
  const [parentId, name, createdIndex, modifiedIndex, expires, dir, value] = fields as unknown[];
  const isNode =
    typeof parentId === "number" &&
    typeof name === "string" &&
    isIndex(createdIndex) &&
    isIndex(modifiedIndex) &&
    typeof expires === "string" &&
    /^(?:-?\d{1,20})?$/.test(expires) &&
    typeof dir === "boolean" &&
    typeof value === "string" &&
    equalBytes(nodeKey(nodeIdOf(key)), key);
  if (!isNode) throw corrupt(key, "no node");
  return { parentId, name, createdIndex, modifiedIndex, expiration: BigInt(expires), dir, value };
}

/** The index of a snapshot that was restored. */
export function decodeIndex(key: Uint8Array, bytes: Uint8Array): number {
  const index = parse(key, bytes);
  if (!equalBytes(key, indexKey) || !isIndex(index)) throw corrupt(key, "no index");
  return index;
}

/** A renewal is marked, as in etcd's own snapshots. */
export function eventRecord(event: V2Event, form: NodeForm = storedForm): string {
  const text = formatEvent(event, form);
  return event.refresh ? `${text.slice(0, -1)},"refresh":true}` : text;
}

/** An event's record. */
export function decodeEvent(key: Uint8Array, bytes: Uint8Array): V2Event {
  const event = readEvent(parse(key, bytes));
  if (event === undefined || !equalBytes(eventKey(event.node.modifiedIndex), key)) throw corrupt(key, "no event");
  return event;
}

function parse(key: Uint8Array, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes)) as unknown;
  } catch (cause) {
    throw corrupt(key, "no JSON", cause);
  }
}

function corrupt(key: Uint8Array, found: string, cause?: unknown): V2CorruptError {
  return new V2CorruptError(`bucket v2, key [${key.join(" ")}]: expected a record of the v2 tree, found ${found}`, {
    cause,
  });
}
