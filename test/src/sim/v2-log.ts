/**
 * What happened in the v2 tree, put together from the histories of all members: the event of every index. Members must
 * agree on each. Also when anybody could first know of an index.
 */
import { show } from "./model/answers.ts";
import type { V2Call, V2EventJson, V2History, V2NodeJson } from "./v2-history.ts";

/** Keys of clients stand below this in the tree. */
const namespace = "/1";

/** An index that somebody was told of, and when. */
interface Sighting {
  readonly at: number;
  readonly ms: number;
  readonly index: number;
}

/** The log of the tree. */
export class V2Log {
  readonly complaints: string[] = [];
  /** Events of clients' keys by index, without the namespace; undefined: of the members' own records. */
  readonly events = new Map<number, V2EventJson | undefined>();
  /** The newest index that is known. */
  readonly last: number;
  readonly #sightings: readonly Sighting[];
  /** Highest index among the first n sightings. */
  readonly #highest: number[] = [];
  /** By index: when it or a later one was first told. */
  readonly #known: Sighting[] = [];

  constructor(history: V2History) {
    this.#collect(history);
    this.last = Math.max(0, ...this.events.keys());
    this.#sightings = sightingsOf(history).sort((a, b) => a.at - b.at);
    let highest = 0;
    for (const sighting of this.#sightings) {
      for (let index = highest + 1; index <= sighting.index; index++) this.#known[index] = sighting;
      highest = Math.max(highest, sighting.index);
      this.#highest.push(highest);
    }
    if (highest > this.last)
      this.complaints.push(`index ${highest} was told, but no member holds an event after ${this.last}`);
    for (let index = 1; index <= this.last; index++) {
      if (!this.events.has(index)) this.complaints.push(`no member's history has an event with index ${index}`);
    }
  }

  /** When somebody first knew of an index or a later one. */
  known(index: number): { readonly at: number; readonly ms: number } {
    return this.#known[index] ?? { at: Number.POSITIVE_INFINITY, ms: Number.POSITIVE_INFINITY };
  }

  /** The highest index anybody had been told of before a moment. */
  knownBefore(at: number): number {
    let [low, high] = [0, this.#sightings.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sightings[middle]!.at < at) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.#highest[low - 1]!;
  }

  #collect({ dumps }: V2History): void {
    const texts = new Map<number, { readonly raw: string; readonly text: string }>();
    for (const { events, machine, ms, index } of dumps) {
      let expected = Math.max(1, index - events.length + 1);
      for (const event of events) {
        const at = event.node?.modifiedIndex ?? 0;
        if (at !== expected++)
          this.complaints.push(`member ${machine} at ${ms} ms: its history has ${at} in place of ${expected - 1}`);
        const known = texts.get(at);
        const raw = JSON.stringify(event);
        // Mostly a member has it to the byte as the one before has.
        if (known?.raw === raw) continue;
        const text = show(withoutTtl(event));
        if (known === undefined) this.events.set(at, ofClients(event));
        else if (known.text !== text)
          this.complaints.push(`members differ in event ${at}: ${known.text} and on ${machine} ${text}`);
        texts.set(at, { raw, text });
      }
    }
  }
}

function sightingsOf({ calls, watches, samples, dumps }: V2History): Sighting[] {
  const all: Sighting[] = [];
  for (const { returnedAt: at, returnedMs: ms, index } of calls)
    if (index !== undefined && index > 0) all.push({ at, ms, index });
  for (const { told, startIndex, startedAt, startedMs } of watches) {
    if (startIndex !== undefined && startIndex > 0) all.push({ at: startedAt, ms: startedMs, index: startIndex });
    for (const { at, ms, event } of told) all.push({ at, ms, index: event.node?.modifiedIndex ?? 0 });
  }
  for (const { at, ms, index } of [...samples, ...dumps]) all.push({ at, ms, index });
  return all;
}

/** Remaining seconds depend on who tells them, and when. */
export function withoutTtl(event: V2EventJson): V2EventJson {
  const { node, prevNode, ...rest } = event;
  return {
    ...rest,
    ...(node === undefined ? {} : { node: timeless(node) }),
    ...(prevNode === undefined ? {} : { prevNode: timeless(prevNode) }),
  };
}

/** A node in one form, however it was told: fields and children in order, without what remains of its time. */
function timeless({ key, value, dir, expiration, modifiedIndex, createdIndex, nodes }: V2NodeJson): V2NodeJson {
  const children = nodes?.map(timeless).sort((a, b) => ((a.key ?? "") < (b.key ?? "") ? -1 : 1));
  return {
    ...(key === undefined ? {} : { key }),
    ...(value === undefined ? {} : { value }),
    ...(dir === undefined ? {} : { dir }),
    ...(expiration === undefined ? {} : { expiration }),
    ...(modifiedIndex === undefined ? {} : { modifiedIndex }),
    ...(createdIndex === undefined ? {} : { createdIndex }),
    ...(children === undefined ? {} : { nodes: children }),
  };
}

function ofClients(event: V2EventJson): V2EventJson | undefined {
  const { node, prevNode } = event;
  if (node?.key === undefined || !node.key.startsWith(`${namespace}/`)) return undefined;
  const stripped = (one: V2NodeJson): V2NodeJson => ({ ...one, key: one.key!.slice(namespace.length) });
  const bare = { ...event, node: stripped(node), ...(prevNode === undefined ? {} : { prevNode: stripped(prevNode) }) };
  return withoutTtl(bare);
}

/** Whether a call goes through the log: all but reads that were content with what the member had. */
export function isLogged({ asked: { method, form } }: V2Call): boolean {
  return method !== "GET" || form["quorum"] === "true";
}
