/**
 * Watchers by what they watch. Single keys are looked up in a map, intervals in a tree, so that an event costs as much as
 * it has watchers.
 */
import { assert } from "../../lib/assert.ts";
import { IntervalTree } from "./interval-tree.ts";
import { isSingleKey } from "./key-range.ts";
import type { Watcher } from "./watcher.ts";

/** A set of watchers that finds those of a key. */
export class WatcherIndex {
  readonly #byKey = new Map<string, Set<Watcher>>();
  readonly #byRange = new IntervalTree<Watcher>();
  readonly #all = new Set<Watcher>();

  get size(): number {
    return this.#all.size;
  }

  /** Every watcher, in the order they came in. */
  all(): Iterable<Watcher> {
    return this.#all;
  }

  add(watcher: Watcher): void {
    assert(!this.#all.has(watcher), "the watcher is in the index");
    this.#all.add(watcher);
    if (!isSingleKey(watcher.range)) {
      this.#byRange.add(watcher.range, watcher);
      return;
    }
    const group = this.#byKey.get(watcher.range.start);
    if (group === undefined) this.#byKey.set(watcher.range.start, new Set([watcher]));
    else group.add(watcher);
  }

  remove(watcher: Watcher): void {
    assert(this.#all.delete(watcher), "the watcher is not in the index");
    if (!isSingleKey(watcher.range)) {
      this.#byRange.remove(watcher.range, watcher);
      return;
    }
    const group = this.#byKey.get(watcher.range.start)!;
    group.delete(watcher);
    if (group.size === 0) this.#byKey.delete(watcher.range.start);
  }

  /** Calls `visit` for every watcher of the key. The index must not change meanwhile. */
  forEachOf(key: string, visit: (watcher: Watcher) => void): void {
    const group = this.#byKey.get(key);
    if (group !== undefined) for (const watcher of group) visit(watcher);
    this.#byRange.forEachHolding(key, visit);
  }
}
