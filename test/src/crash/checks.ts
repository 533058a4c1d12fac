/**
 * The examination after every restart. One Range of everything is compared with what two watchers rebuilt from events
 * alone, the watchers' history with every acknowledged write, and each writer's keys with its own memory. Nothing is
 * taken on trust: a write counts as kept only if the store, both histories and the writer agree.
 */
import type { EtcdClient, Message } from "../harness/index.ts";
import type { HistoryAnchor } from "./history-anchor.ts";
import type { Acknowledged, Effect, KeyValue } from "./key-state.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import { keyValueOf, type Watcher } from "./watcher.ts";
import type { Writer } from "./writer.ts";

/** Everything that remembers something across a crash. */
export interface Memory {
  readonly writers: readonly Writer[];
  readonly watchers: readonly Watcher[];
  readonly leases: LeaseKeeper;
  readonly anchor: HistoryAnchor;
}

const catchUpMs = 20_000;
const complaintsMost = 20;

/** Examines a server that has just come back; an empty list means that nothing is wrong. */
export async function examine(client: EtcdClient, memory: Memory): Promise<string[]> {
  const { revision, stored } = await readAll(client);
  const known = Math.max(...memory.writers.map((w) => w.lastRevision), ...memory.watchers.map((w) => w.revision));
  const complaints = revision < known ? [`the revision went back from ${known} to ${revision}`] : [];
  for (const watcher of memory.watchers) complaints.push(...(await examineWatcher(watcher, { revision, stored })));
  for (const writer of memory.writers) {
    complaints.push(...memory.watchers.flatMap((watcher) => missing(writer, watcher)));
    writer.acknowledged = [];
    const own = [...stored].filter(([key]) => key.startsWith(`${writer.name}/`));
    complaints.push(...writer.reconcile(new Map(own.map(([key, { value }]) => [key, value]))));
  }
  for (const watcher of memory.watchers) watcher.history.clear();
  complaints.push(...(await memory.leases.check(client)), ...(await memory.anchor.check(client)));
  return complaints.slice(0, complaintsMost);
}

async function readAll(client: EtcdClient): Promise<{ revision: number; stored: Map<string, KeyValue> }> {
  const all = await client.call("KV.Range", { key: Buffer.from([0]), rangeEnd: Buffer.from([0]) });
  const stored = new Map<string, KeyValue>(all.kvs.map((kv: Message) => [kv.key.toString(), keyValueOf(kv)]));
  return { revision: Number(all.header.revision), stored };
}

async function examineWatcher(
  watcher: Watcher,
  { revision, stored }: { revision: number; stored: ReadonlyMap<string, KeyValue> },
): Promise<string[]> {
  if (!(await watcher.reach(revision, catchUpMs))) {
    return [...watcher.complaints, `a watcher stays at ${watcher.revision}, the store is at ${revision}`];
  }
  const complaints = [...watcher.complaints];
  // A short lease may end between the Range and this moment; then the watcher is ahead and tells nothing about it.
  if (watcher.revision > revision) return complaints;
  for (const key of new Set([...stored.keys(), ...watcher.store.keys()])) {
    const [inStore, inEvents] = [JSON.stringify(stored.get(key)), JSON.stringify(watcher.store.get(key))];
    if (inStore !== inEvents)
      complaints.push(`${key} is ${inStore?.slice(0, 80)}, its events say ${inEvents?.slice(0, 80)}`);
  }
  return complaints;
}

/** Acknowledged writes of a writer that a watcher's history does not hold, or holds differently. */
function missing(writer: Writer, watcher: Watcher): string[] {
  return writer.acknowledged
    .filter((write) => !isRecorded(write, watcher.history.get(write.revision)))
    .map(({ revision }) => `${writer.name}: the write acknowledged at ${revision} is not in the events`);
}

function isRecorded({ effects }: Acknowledged, events: readonly Effect[] | undefined): boolean {
  return JSON.stringify(effects) === JSON.stringify(events);
}
