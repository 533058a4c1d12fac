/**
 * The last 1,000 events, for watches that begin in the past. Since every change has one event and one index, an event
 * is found by its index; renewals keep their place but match nobody. Source: etcd's v2 API document, "Waiting for a
 * change".
 */
import { assert } from "../lib/assert.ts";
import { type V2Event, type V2Failure, v2Actions } from "./event.ts";

/** How many events are kept. */
export const historyEventsMax = 1000;

/** What a watch looks for. */
export interface WatchScope {
  /** The clean path. */
  readonly path: string;
  /** Everything below the path too. */
  readonly recursive: boolean;
  /** 0.2 looked for the path as the beginning of a text, recursive or not, and never said that events are gone. */
  readonly plainPrefix: boolean;
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
    if (index < this.#firstIndex && !scope.plainPrefix) return cleared(this.#firstIndex, index);
    if (index < this.#firstIndex || this.#lastIndex === 0) return undefined;
    for (let next = index; next <= this.#lastIndex; next++) {
      const event = this.at(next);
      if (!event.refresh && concerns(event, scope)) return event;
    }
    return undefined;
  }
}

function cleared(firstIndex: number, index: number): V2Failure {
  return { code: 401, cause: `the requested history has been cleared [${firstIndex}/${index}]`, index: 0 };
}

function concerns(event: V2Event, { path, recursive, plainPrefix }: WatchScope): boolean {
  const { key } = event.node;
  if (plainPrefix) return key.startsWith(path);
  if (key === path) return true;
  if (recursive && key.startsWith(path === "/" ? path : `${path}/`)) return true;
  const isGone = event.action === v2Actions.delete || event.action === v2Actions.expire;
  return isGone && event.prevNode?.dir === true && path.startsWith(key);
}
