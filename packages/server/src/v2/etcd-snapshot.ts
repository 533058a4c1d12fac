/**
 * Reads the whole key space in etcd's own form: the JSON of its v2 store, which is the data of every `.snap` file. Field names
 * and order are Go's; `snapshot-pieces.ts` writes it.
 *
 *   Root        Path, CreatedIndex, ModifiedIndex, ExpireTime, Value, Children (null for a file), nested
 *   WatcherHub  EventHistory: Queue (a ring: Events, Size, Front, Back, Capacity), StartIndex, LastIndex
 *   CurrentIndex, Stats, CurrentVersion
 */
import type { V2Event } from "./event.ts";
import { historyEventsMax } from "./event-history.ts";
import { parseTime, zeroTimeNs } from "./go-time.ts";
import { childPath } from "./paths.ts";
import { fieldsOf, isIndex, readEvent } from "./read-event.ts";
import { createStats, type V2Stats } from "./stats.ts";
import type { StoredNode } from "./tree.ts";

/** What a snapshot holds; nodes come after the directory they are in. */
export interface DecodedSnapshot {
  readonly nodes: StoredNode[];
  readonly index: number;
  readonly events: V2Event[];
  readonly stats: V2Stats;
}

/** Data that is no snapshot of a v2 store. */
export class V2SnapshotError extends Error {
  override readonly name = "V2SnapshotError";
}

/** Reads a key space; throws `V2SnapshotError` when it is none. */
export function decodeV2Snapshot(data: Uint8Array): DecodedSnapshot {
  const fields = fieldsOf(parse(data)) ?? fail("no JSON object");
  const index = fields["CurrentIndex"];
  if (!isIndex(index)) fail("no CurrentIndex");
  const nodes: StoredNode[] = [];
  collectNodes(fields["Root"], nodes);
  return { nodes, index, events: readHistory(fields["WatcherHub"]), stats: readStats(fields["Stats"]) };
}

function collectNodes(root: unknown, into: StoredNode[]): void {
  const waiting: { json: unknown; path: string }[] = [{ json: root, path: "/" }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, json } = next;
    const fields = fieldsOf(json) ?? fail(`no node at ${path}`);
    const children = fieldsOf(fields["Children"]);
    into.push(readStoredNode(fields, { id: into.length + 1, path, dir: children !== undefined }));
    for (const [name, child] of Object.entries(children ?? {}))
      waiting.push({ json: child, path: childPath(path, name) });
  }
}

function readStoredNode(
  fields: Readonly<Record<string, unknown>>,
  known: { id: number; path: string; dir: boolean },
): StoredNode {
  const { CreatedIndex: createdIndex, ModifiedIndex: modifiedIndex, ExpireTime: expires, Value: value } = fields;
  const expiration = typeof expires === "string" ? parseTime(expires) : undefined;
  if (!isIndex(createdIndex) || !isIndex(modifiedIndex) || expiration === undefined || typeof value !== "string")
    return fail(`a node that cannot be read at ${known.path}`);
  return { ...known, createdIndex, modifiedIndex, expiration: expiration <= zeroTimeNs ? 0n : expiration, value };
}

/** The events of the ring, oldest first. */
function readHistory(hub: unknown): V2Event[] {
  const history = fieldsOf(fieldsOf(hub)?.["EventHistory"]);
  const queue = fieldsOf(history?.["Queue"]) ?? fail("no history");
  const { Events: ring, Size: size, Front: front, Capacity: capacity } = queue;
  if (!Array.isArray(ring) || !isIndex(size) || !isIndex(front) || !isIndex(capacity) || size > ring.length)
    return fail("a history that cannot be read");
  const events: V2Event[] = [];
  for (let i = 0; i < size; i++)
    events.push(readEvent(ring[(front + i) % capacity]) ?? fail(`an event that cannot be read, ${i} of ${size}`));
  const gap = events.findIndex((event, i) => i > 0 && indexOf(event) !== indexOf(events[i - 1]!) + 1);
  if (gap >= 0) fail(`a history with a gap before index ${indexOf(events[gap]!)}`);
  return events.slice(-historyEventsMax);
}

function indexOf({ node }: V2Event): number {
  return node.modifiedIndex;
}

function readStats(json: unknown): V2Stats {
  const stats = createStats();
  const fields = fieldsOf(json) ?? {};
  for (const name of Object.keys(stats) as (keyof V2Stats)[]) {
    const value = fields[name];
    if (isIndex(value)) stats[name] = value;
  }
  return { ...stats, watchers: 0 };
}

function parse(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(data)) as unknown;
  } catch (cause) {
    throw new V2SnapshotError("v2 snapshot: not JSON", { cause });
  }
}

function fail(found: string): never {
  throw new V2SnapshotError(`v2 snapshot: ${found}`);
}
