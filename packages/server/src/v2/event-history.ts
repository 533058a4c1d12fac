/**
 * The last 1,000 events, for watches that begin in the past. Since every change has one event and one index, an event
 * is found by its index; renewals keep their place but match nobody. Source: etcd's v2 API document, "Waiting for a
 * change".
 */
import { assert } from "../lib/assert.ts";
import { type V2Event, type V2Failure, v2Actions } from "./event.ts";

/** How many events are kept. */
export const historyEventsMax = 1000;

/**
 * Whose way to watch. In the history, 0.2 looks for the path as the beginning of a text, recursive or not, and never says
 * that events are gone; later releases look for paths; from 2.0 on the removal of a directory above counts; 2.3 finds a
 * recursive watch's own path only in the first event it looks at. To waiting watchers, 0.2 delivers hidden keys, and does
 * not tell those below a directory that it expired.
 */
export type WatchRules = "0.2" | "0.4" | "2.3" | "3.4";

/** What a watch looks for. */
export interface WatchScope {
  /** The clean path. */
  readonly path: string;
  /** Everything below the path too. */
  readonly recursive: boolean;
  readonly rules: WatchRules;
}

/** The ring of events. */
export class EventHistory {
  readonly #events: (V2Event | undefined)[] = [];
  #firstIndex = 0;
  #lastIndex = 0;

  /** The oldest index kept; 0 while nothing is. */
  get firstIndex(): number {
    return this.#firstIndex;
  }

  /** The newest index kept; 0 while nothing is. */
  get lastIndex(): number {
    return this.#lastIndex;
  }

  /** Adds the event of the next index. */
  add(event: V2Event): void {
    const index = event.node.modifiedIndex;
    assert(this.#lastIndex === 0 || index === this.#lastIndex + 1, "v2: the history has no gaps");
    this.#events[index % historyEventsMax] = event;
    if (this.#firstIndex === 0) this.#firstIndex = index;
    if (index - this.#firstIndex >= historyEventsMax) this.#firstIndex++;
    this.#lastIndex = index;
  }

  /** The event of an index that is kept. */
  at(index: number): V2Event {
    const event = this.#events[index % historyEventsMax];
    assert(event !== undefined && event.node.modifiedIndex === index, "v2: the history holds every index it claims");
    return event;
  }

  /** All events kept, oldest first. */
  *all(): Generator<V2Event> {
    if (this.#firstIndex === 0) return;
    for (let index = this.#firstIndex; index <= this.#lastIndex; index++) yield this.at(index);
  }

  /** The first event from `index` on that concerns the scope; undefined when it is still to come. */
  find(index: number, scope: WatchScope): V2Event | V2Failure | undefined {
    if (index < this.#firstIndex && scope.rules !== "0.2") return cleared(this.#firstIndex, index);
    if (this.#lastIndex === 0) return undefined;
    let isFirst = true;
    for (let next = Math.max(index, this.#firstIndex); next <= this.#lastIndex; next++) {
      const event = this.at(next);
      if (event.refresh) continue;
      if (concerns(event, { ...scope, isFirst })) return event;
      isFirst = false;
    }
    return undefined;
  }
}

function cleared(firstIndex: number, index: number): V2Failure {
  return { code: 401, cause: `the requested history has been cleared [${firstIndex}/${index}]`, index: 0 };
}

function concerns(event: V2Event, { path, recursive, rules, isFirst }: WatchScope & { isFirst: boolean }): boolean {
  const { key } = event.node;
  if (rules === "0.2") return key.startsWith(path);
  const slashed = path === "/" ? path : `${path}/`;
  const forgetsItself = rules === "2.3" && recursive && !isFirst;
  if (key === path && !forgetsItself) return true;
  if (recursive && key.startsWith(slashed)) return true;
  if (rules === "0.4") return false;
  const isGone = event.action === v2Actions.delete || event.action === v2Actions.expire;
  return isGone && event.prevNode?.dir === true && (recursive ? slashed : path).startsWith(key);
}
