/**
 * Writes the key space in etcd's own form (see `etcd-snapshot.ts`), piece by piece and without recursion: no tree is too deep
 * for it, and none so large that it has to be one text. Whoever draws the pieces decides how much is done at a time.
 */
import { quote } from "../lib/go-json.ts";
import type { V2Event } from "./event.ts";
import { historyEventsMax } from "./event-history.ts";
import { storedForm } from "./event-json.ts";
import { formatTime, zeroTimeText } from "./go-time.ts";
import type { TreeNode } from "./node.ts";
import { childPath, compareKeys, nameOf } from "./paths.ts";
import type { V2Stats } from "./stats.ts";
import { eventRecord } from "./v2-bucket.ts";

/** A node as it is written; what it holds is asked for when it is its turn. */
export interface SnapshotNode {
  readonly name: string;
  readonly createdIndex: number;
  readonly modifiedIndex: number;
  /** Unix nanoseconds; 0 for a node that stays. */
  readonly expiration: bigint;
  readonly value: string;
  /** Undefined for a file. */
  readonly children: Iterator<SnapshotNode> | undefined;
}

/** What a snapshot is made from. */
export interface SnapshotSource {
  /** Its path is written as `/`, whatever it is. */
  readonly root: SnapshotNode;
  readonly index: number;
  /** Oldest first, without a gap; `firstIndex` and `lastIndex` are 0 when there is none. */
  readonly history: {
    readonly firstIndex: number;
    readonly lastIndex: number;
    readonly events: Iterable<V2Event>;
  };
  readonly stats: V2Stats;
  /** Characters to leave out at the beginning of the keys in events; the tree of releases before 2.0 had no namespaces. */
  readonly pathStart: number;
}

/** What `snapshotPieces` gives for work that has no bytes yet. */
export const breath: Uint8Array = new Uint8Array(0);

const storeVersion = 2;
/** Characters of a piece, give or take one node or event. */
const pieceChars = 128 * 1024;
/** Nodes or events between two pieces: well below a millisecond, unless they are large. */
const partsMax = 100;

/** A node of the tree in memory, with its children in Go's order; the tree must not change while it is written. */
export function liveNode({ path, children, ...fields }: TreeNode): SnapshotNode {
  return { ...fields, name: nameOf(path), children: children === undefined ? undefined : sortedNodes(children) };
}

function* sortedNodes(children: ReadonlyMap<string, TreeNode>): Generator<SnapshotNode> {
  for (const [, child] of [...children].sort(([left], [right]) => compareKeys(left, right))) yield liveNode(child);
}

/** The snapshot's bytes in order; empty pieces are mere pauses. */
export function* snapshotPieces(source: SnapshotSource): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let text = "";
  let parts = 0;
  for (const part of snapshotParts(source)) {
    text += part;
    if (text.length >= pieceChars) {
      yield encoder.encode(text);
      text = "";
      parts = 0;
    } else if (++parts % partsMax === 0) yield breath;
  }
  yield encoder.encode(text);
}

function* snapshotParts({ root, index, history, stats, pathStart }: SnapshotSource): Generator<string> {
  yield '{"Root":';
  yield* treeParts(root);
  yield ',"WatcherHub":{"EventHistory":{"Queue":{"Events":[';
  const { firstIndex, lastIndex, events } = history;
  let count = 0;
  for (const event of events)
    yield `${count++ === 0 ? "" : ","}${eventRecord(event, { ...storedForm, keyStart: pathStart })}`;
  const padding = Array.from({ length: historyEventsMax - count }, (_, i) => (count + i === 0 ? "null" : ",null"));
  const ring = `"Size":${count},"Front":0,"Back":${count % historyEventsMax},"Capacity":${historyEventsMax}`;
  yield `${padding.join("")}],${ring}},"StartIndex":${firstIndex},"LastIndex":${lastIndex}}}`;
  yield `,"CurrentIndex":${index},"Stats":${JSON.stringify(stats)},"CurrentVersion":${storeVersion}}`;
}

interface OpenDirectory {
  readonly path: string;
  readonly children: Iterator<SnapshotNode>;
  isEmpty: boolean;
}

function* treeParts(root: SnapshotNode): Generator<string> {
  yield nodeHead(root, "/");
  const open: OpenDirectory[] =
    root.children === undefined ? [] : [{ path: "/", children: root.children, isEmpty: true }];
  for (let directory = open.at(-1); directory !== undefined; directory = open.at(-1)) {
    const { value: node, done } = directory.children.next();
    if (done === true) {
      open.pop();
      yield "}}";
      continue;
    }
    const path = childPath(directory.path, node.name);
    yield `${directory.isEmpty ? "" : ","}${quote(node.name)}:${nodeHead(node, path)}`;
    directory.isEmpty = false;
    if (node.children !== undefined) open.push({ path, children: node.children, isEmpty: true });
  }
}

/** A whole file, or a directory up to what it holds. */
function nodeHead({ createdIndex, modifiedIndex, expiration, value, children }: SnapshotNode, path: string): string {
  const expires = expiration === 0n ? zeroTimeText : formatTime(expiration);
  const own = `"Path":${quote(path)},"CreatedIndex":${createdIndex},"ModifiedIndex":${modifiedIndex}`;
  const held = children === undefined ? "null}" : "{";
  return `{${own},"ExpireTime":"${expires}","Value":${quote(value)},"Children":${held}`;
}
