/**
 * Everybody who waits for a change. A watcher sits at its path; an event goes to the watchers at every path from the
 * root to its key, and when a directory goes, to the watchers below it. A watcher that does not stream leaves with its
 * first event. One that streams and does not keep up is ended after 100 events it has not taken.
 */
import type { V2Event } from "./event.ts";
import type { WatchRules } from "./event-history.ts";
import type { TreeNode } from "./node.ts";
import { isHiddenBelow } from "./paths.ts";

/** Events a streaming watcher may be behind. */
export const watcherQueueMax = 100;

/** How to watch. */
export interface WatchOptions {
  readonly path: string;
  readonly recursive: boolean;
  readonly stream: boolean;
  /** The first index of interest; 0 for the next change. */
  readonly sinceIndex: number;
  readonly rules: WatchRules;
}

/** Someone who waits. */
export interface V2Watcher {
  /** The index of the tree when the watch began. */
  readonly startIndex: number;
  /** The next event; undefined when there will be none: the watcher was closed, fell behind, or has had its only one. */
  next(): Promise<V2Event | undefined>;
  /** Stops waiting; what waits in `next` gets undefined. */
  close(): void;
}

/** A watcher as the hub keeps it. */
export class HubWatcher implements V2Watcher {
  readonly options: WatchOptions;
  readonly sinceIndex: number;
  readonly startIndex: number;
  readonly #queue: V2Event[] = [];
  readonly #leave: (watcher: HubWatcher) => void;
  #waiting: ((event: V2Event | undefined) => void) | undefined;
  #ended = false;

  constructor(
    options: WatchOptions,
    at: { sinceIndex: number; startIndex: number; leave: (watcher: HubWatcher) => void },
  ) {
    this.options = options;
    this.sinceIndex = at.sinceIndex;
    this.startIndex = at.startIndex;
    this.#leave = at.leave;
  }

  next(): Promise<V2Event | undefined> {
    const event = this.#queue.shift();
    if (event !== undefined || this.#ended) return Promise.resolve(event);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  close(): void {
    this.#queue.length = 0;
    this.end();
  }

  /** Lets no further event in; those already there can still be taken. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#leave(this);
    this.#waiting?.(undefined);
    this.#waiting = undefined;
  }

  /** Hands an event over; whoever has no room for it is ended. */
  push(event: V2Event): void {
    if (this.#ended) return;
    if (this.#queue.length >= watcherQueueMax) {
      this.end();
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#queue.push(event);
    else waiting(event);
    if (!this.options.stream) this.end();
  }
}

/** The hub. */
export class WatchHub {
  readonly #byPath = new Map<string, Set<HubWatcher>>();
  #count = 0;

  /** Watchers waiting now. */
  get count(): number {
    return this.#count;
  }

  /** Lets a watcher wait at its path until it ends. */
  add(watcher: HubWatcher): void {
    const { path } = watcher.options;
    const present = this.#byPath.get(path);
    if (present === undefined) this.#byPath.set(path, new Set([watcher]));
    else present.add(watcher);
    this.#count++;
  }

  /** Forgets a watcher; one that never waited is fine. */
  remove(watcher: HubWatcher): void {
    const { path } = watcher.options;
    const present = this.#byPath.get(path);
    if (present === undefined || !present.delete(watcher)) return;
    this.#count--;
    if (present.size === 0) this.#byPath.delete(path);
  }

  /** Tells of a change: first those who watch what is gone with it, then those at every path down to its key. */
  notify(event: V2Event, removed: readonly TreeNode[]): void {
    if (this.#count === 0) return;
    for (const node of removed) this.#notifyAt(node.path, { event, gone: true });
    const { key } = event.node;
    this.#notifyAt("/", { event, gone: false });
    for (let end = key.indexOf("/", 1); end > 0; end = key.indexOf("/", end + 1))
      this.#notifyAt(key.slice(0, end), { event, gone: false });
    this.#notifyAt(key, { event, gone: false });
  }

  /** Ends everybody, as when the tree is replaced. */
  endAll(): void {
    for (const watchers of [...this.#byPath.values()]) for (const watcher of [...watchers]) watcher.end();
  }

  #notifyAt(path: string, { event, gone }: { event: V2Event; gone: boolean }): void {
    const watchers = this.#byPath.get(path);
    if (watchers === undefined) return;
    for (const watcher of [...watchers]) if (isConcerned(watcher, { path, event, gone })) watcher.push(event);
  }
}

function isConcerned(
  { options, sinceIndex }: HubWatcher,
  { path, event, gone }: { path: string; event: V2Event; gone: boolean },
): boolean {
  const { key, modifiedIndex } = event.node;
  const atKey = path === key;
  if (modifiedIndex < sinceIndex || !(options.recursive || atKey || gone)) return false;
  if (options.rules === "0.2") return !gone || atKey || event.action !== "expire";
  return atKey || !isHiddenBelow(path, key);
}
