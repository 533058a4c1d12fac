/**
 * Every key the store knows, in byte order, with the revisions at which it changed: etcd's treeIndex. A B+-tree that counts
 * live keys per subtree, so that the number of keys of an interval and the n-th key cost O(log n) at the current
 * revision. The newest revision of a key stands in its leaf, older ones in the history pool.
 *
 * Only main and sub revision of older versions are kept: their create revision and version are in the stored record.
 * Invariant: the revisions of a key ascend; a tombstone is followed by a put or by nothing.
 * Scans and compaction proceed leaf by leaf and can be interrupted anywhere: they go on from a key, not from a place.
 */
import { assert } from "../../lib/assert.ts";
import { compareBytes } from "../../lib/bytes.ts";
import { BRANCH_CHILDREN_MAX, Branch, liveBelow, type Node } from "./branch.ts";
import { HistoryPool } from "./history-pool.ts";
import { type KeyState, LEAF_KEYS_MAX, Leaf } from "./leaf.ts";
import type { RestoreBatch } from "./restore-batch.ts";
import { SharedPrefix } from "./shared-prefix.ts";

/** Where a version is stored. */
export interface Revision {
  readonly main: number;
  readonly sub: number;
}

/** Called with each version a scan finds; answering false ends the scan. It must not change the index. */
export type VisitVersion = (main: number, sub: number) => boolean;

/** An interval of keys; without `end` it is open to the right. */
export interface KeyInterval {
  readonly start: Uint8Array;
  readonly end?: Uint8Array | undefined;
}

/** What a put found, and what it made of it. */
export interface PutOutcome {
  readonly createRevision: number;
  readonly version: number;
  /** Where the version before is stored; `undefined` when the put created the key. */
  readonly previous: Revision | undefined;
  /** The version before was attached to a lease. */
  readonly wasLeased: boolean;
}

/** One slice of a compaction. */
export interface CompactOptions {
  readonly revision: number;
  readonly workMax: number;
  /** Called for each change that is forgotten. */
  readonly drop: (main: number, sub: number, tombstone: boolean) => void;
}

/** The way down to the leaf found last, one step per level. Reused: whoever needs it uses it at once. */
class Path {
  readonly branches: Branch[] = [];
  readonly indexes: number[] = [];
  length = 0;

  push(branch: Branch, index: number): void {
    this.branches[this.length] = branch;
    this.indexes[this.length++] = index;
  }

  /** The smallest key behind the leaf the path leads to; `undefined` for the last leaf. */
  boundAfter(): Uint8Array | undefined {
    for (let level = this.length - 1; level >= 0; level--) {
      const bounds = this.branches[level]!.bounds;
      const next = this.indexes[level]! + 1;
      if (next < bounds.length) return bounds[next];
    }
    return undefined;
  }

  /** Changes the number of live keys on all levels. */
  addLive(change: number): void {
    for (let level = 0; level < this.length; level++) {
      const { live } = this.branches[level]!;
      const index = this.indexes[level]!;
      live[index] = live[index]! + change;
    }
  }
}

const NOTHING_SHARED = new SharedPrefix();

/** The index. All methods are synchronous; nothing handed out refers to its memory. */
export class KeyIndex {
  #root: Node = new Leaf();
  readonly #histories = new HistoryPool();
  /** Where the last descent went. */
  readonly #path = new Path();
  /** All keys, those with a tombstone too. */
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get liveCount(): number {
    return liveBelow(this.#root);
  }

  /** The newest state of the key, also when it is a tombstone. */
  newest(key: Uint8Array): KeyState | undefined {
    const shared = new SharedPrefix();
    const leaf = this.#descend(key, shared);
    const position = leaf.search(key, shared);
    return position < 0 ? undefined : leaf.state(leaf.order[position]!);
  }

  /** Where the version is that was visible at a revision; `undefined` if there was none. */
  get(key: Uint8Array, revision: number): Revision | undefined {
    const shared = new SharedPrefix();
    const leaf = this.#descend(key, shared);
    const position = leaf.search(key, shared);
    if (position < 0) return undefined;
    const slot = leaf.order[position]!;
    const mark = this.#markAt(leaf, slot, revision);
    return mark < 0 || mark % 2 === 1 ? undefined : { main: this.#foundMain, sub: mark / 2 };
  }

  /** Records a put; the caller stores the version it describes. Copies the key. */
  put(key: Uint8Array, { main, sub, leased }: { main: number; sub: number; leased: boolean }): PutOutcome {
    const shared = new SharedPrefix();
    const leaf = this.#descend(key, shared);
    const position = leaf.search(key, shared);
    if (position < 0) {
      const state = { createRevision: main, modRevision: main, sub, version: 1, dead: false, leased };
      this.#insert(leaf, ~position, { key, state });
      return { createRevision: main, version: 1, previous: undefined, wasLeased: false };
    }
    const slot = leaf.order[position]!;
    const before = leaf.state(slot);
    const createRevision = before.dead ? main : before.createRevision;
    const version = before.dead ? 1 : before.version + 1;
    this.#replace(leaf, slot, { createRevision, modRevision: main, sub, version, dead: false, leased });
    const previous = before.dead ? undefined : { main: before.modRevision, sub: before.sub };
    return { createRevision, version, previous, wasLeased: before.leased };
  }

  /** Records the deletion of a live key; answers whether its last version was attached to a lease. */
  bury(key: Uint8Array, { main, sub }: Revision): { wasLeased: boolean } {
    const shared = new SharedPrefix();
    const leaf = this.#descend(key, shared);
    const position = leaf.search(key, shared);
    assert(position >= 0 && !leaf.isDead(leaf.order[position]!), "a key that does not exist is deleted");
    const slot = leaf.order[position]!;
    const wasLeased = leaf.state(slot).leased;
    this.#replace(leaf, slot, tombstoneAt(main, sub));
    return { wasLeased };
  }

  /** Records changes as they were stored before a restart, and empties the batch; batches come by revision. */
  restore(batch: RestoreBatch): void {
    let leaf: Leaf | undefined;
    let bound: Uint8Array | undefined;
    batch.drain((key, state) => {
      // Neighbours mostly share a leaf, and the path still leads there.
      if (leaf === undefined || (bound !== undefined && compareBytes(key, bound) >= 0)) {
        leaf = this.#descend(key, new SharedPrefix());
        bound = this.#path.boundAfter();
      }
      const position = leaf.search(key, NOTHING_SHARED);
      if (position >= 0) {
        this.#replace(leaf, leaf.order[position]!, state);
        return;
      }
      const splits = leaf.full;
      this.#insert(leaf, ~position, { key, state });
      if (splits) leaf = undefined;
    });
  }

  /** Live keys of the interval at the current revision. */
  count(interval: KeyInterval): number {
    const upTo = interval.end === undefined ? this.liveCount : this.rank(interval.end);
    return Math.max(0, upTo - this.rank(interval.start));
  }

  /** Live keys below `key` at the current revision. */
  rank(key: Uint8Array): number {
    let node = this.#root;
    let rank = 0;
    const shared = new SharedPrefix();
    while (node instanceof Branch) {
      const index = node.childOf(key, shared);
      for (let i = 0; i < index; i++) rank += node.live[i]!;
      node = node.children[index]!;
    }
    const end = node.lowerBound(key);
    for (let position = 0; position < end; position++) if (!node.isDead(node.order[position]!)) rank++;
    return rank;
  }

  /** The live key with `n` live keys before it at the current revision. */
  keyOfRank(n: number): Uint8Array | undefined {
    let node = this.#root;
    let left = n;
    while (node instanceof Branch) {
      let index = 0;
      while (index < node.live.length - 1 && left >= node.live[index]!) left -= node.live[index++]!;
      node = node.children[index]!;
    }
    for (let position = 0; position < node.count; position++) {
      const slot = node.order[position]!;
      if (!node.isDead(slot) && left-- === 0) return node.keyAt(slot);
    }
    return undefined;
  }

  /**
   * Visits in key order the versions visible at a revision, in whole leaves, until `visit` answers false or more than
   * `keysMax` keys have been looked at. Answers the key to go on from, `undefined` when there is nothing to go on with.
   */
  scan(
    interval: KeyInterval,
    options: { revision: number; keysMax?: number },
    visit: VisitVersion,
  ): Uint8Array | undefined {
    let from: Uint8Array | undefined = interval.start;
    let left = options.keysMax ?? Number.POSITIVE_INFINITY;
    while (from !== undefined && left > 0) {
      const leaf = this.#descend(from, new SharedPrefix());
      const next = this.#path.boundAfter();
      for (let position = leaf.lowerBound(from); position < leaf.count; position++, left--) {
        const slot = leaf.order[position]!;
        if (interval.end !== undefined && leaf.compare(slot, interval.end) >= 0) return undefined;
        const mark = this.#markAt(leaf, slot, options.revision);
        if (mark < 0 || mark % 2 === 1) continue;
        if (!visit(this.#foundMain, mark / 2)) return undefined;
      }
      from = next;
    }
    return from;
  }

  /**
   * Forgets what a compaction at `revision` drops in the leaves from the given key on: of each key every change at or
   * before `revision` but the newest, and that one too if it is a tombstone from before `revision`. Looks at about
   * `workMax` keys and dropped changes, answers the key to go on from, `undefined` at the end.
   */
  compact(from: Uint8Array, options: CompactOptions): Uint8Array | undefined {
    let next: Uint8Array | undefined = from;
    for (let left = options.workMax; next !== undefined && left > 0; ) {
      const leaf = this.#descend(next, new SharedPrefix());
      const behind = this.#path.boundAfter();
      const work = leaf.count + 1;
      const dropped = this.#compactLeaf(leaf, options, left);
      // With the budget gone the leaf may not be finished: come back to it.
      if (dropped < left) next = behind;
      left -= work + dropped;
      this.#rebalance(leaf);
    }
    return next;
  }

  /** Copies of the live keys of an interval at the current revision, in order. */
  liveKeys(interval: KeyInterval): Uint8Array[] {
    const keys: Uint8Array[] = [];
    let from: Uint8Array | undefined = interval.start;
    while (from !== undefined) {
      const leaf = this.#descend(from, new SharedPrefix());
      const next = this.#path.boundAfter();
      for (let position = leaf.lowerBound(from); position < leaf.count; position++) {
        const slot = leaf.order[position]!;
        if (interval.end !== undefined && leaf.compare(slot, interval.end) >= 0) return keys;
        if (!leaf.isDead(slot)) keys.push(leaf.keyAt(slot));
      }
      from = next;
    }
    return keys;
  }

  /** Visits the live keys whose newest version is attached to a lease. */
  scanLeased(visit: (revision: Revision) => void): void {
    let from: Uint8Array | undefined = new Uint8Array(0);
    while (from !== undefined) {
      const leaf = this.#descend(from, new SharedPrefix());
      const next = this.#path.boundAfter();
      for (let slot = 0; slot < leaf.count; slot++) {
        if (leaf.isLeased(slot)) visit({ main: leaf.modRevision(slot), sub: leaf.sub(slot) });
      }
      from = next;
    }
  }

  /** All changes of the key the index knows, oldest first; for tests. */
  changesOf(key: Uint8Array): { main: number; sub: number; tombstone: boolean }[] {
    const shared = new SharedPrefix();
    const leaf = this.#descend(key, shared);
    const position = leaf.search(key, shared);
    if (position < 0) return [];
    const slot = leaf.order[position]!;
    const handle = leaf.history(slot);
    const changes = [];
    for (let i = 0; i < this.#histories.count(handle); i++) {
      const mark = this.#histories.markAt(handle, i);
      changes.push({ main: this.#histories.mainAt(handle, i), sub: Math.floor(mark / 2), tombstone: mark % 2 === 1 });
    }
    changes.push({ main: leaf.modRevision(slot), sub: leaf.sub(slot), tombstone: leaf.isDead(slot) });
    return changes;
  }

  #foundMain = 0;

  /** `sub * 2 + tombstone` of the newest change at or before a revision, its main part in `#foundMain`; -1 if none. */
  #markAt(leaf: Leaf, slot: number, revision: number): number {
    const main = leaf.modRevision(slot);
    if (main <= revision) {
      this.#foundMain = main;
      return leaf.sub(slot) * 2 + (leaf.isDead(slot) ? 1 : 0);
    }
    const handle = leaf.history(slot);
    const position = this.#histories.find(handle, revision);
    if (position < 0) return -1;
    this.#foundMain = this.#histories.mainAt(handle, position);
    return this.#histories.markAt(handle, position);
  }

  /** Makes the newest change of the key found last an older one and puts another in its place. */
  #replace(leaf: Leaf, slot: number, state: KeyState): void {
    const main = leaf.modRevision(slot);
    const mark = leaf.sub(slot) * 2 + (leaf.isDead(slot) ? 1 : 0);
    assert(
      state.modRevision > main || (state.modRevision === main && state.sub > leaf.sub(slot)),
      "the revisions of a key do not ascend",
    );
    leaf.setHistory(slot, this.#histories.append(leaf.history(slot), main, mark));
    const before = leaf.live;
    leaf.setState(slot, state);
    if (leaf.live !== before) this.#path.addLive(leaf.live - before);
  }

  /** Finds the leaf for a key and leaves the way there in `#path`. */
  #descend(key: Uint8Array, shared: SharedPrefix): Leaf {
    const path = this.#path;
    path.length = 0;
    let node = this.#root;
    while (node instanceof Branch) {
      const index = node.childOf(key, shared);
      path.push(node, index);
      node = node.children[index]!;
    }
    return node;
  }

  /** Adds a key where the last descent led. */
  #insert(leaf: Leaf, position: number, { key, state }: { key: Uint8Array; state: KeyState }): void {
    if (leaf.full) {
      this.#splitLeaf(leaf, position);
      const shared = new SharedPrefix();
      const half = this.#descend(key, shared);
      this.#insert(half, ~half.search(key, shared), { key, state });
      return;
    }
    leaf.setState(leaf.insert(position, key), state);
    if (!state.dead) this.#path.addLive(1);
    this.#size++;
  }

  #splitLeaf(leaf: Leaf, position: number): void {
    // Keys that arrive in order leave full leaves behind.
    const appending = position === leaf.count && this.#path.boundAfter() === undefined;
    const at = appending ? leaf.count - 1 : leaf.count >> 1;
    const right = new Leaf();
    leaf.moveTail(at, right);
    this.#grow({ left: leaf, right, bound: right.keyAt(right.order[0]!), appending });
  }

  /** Puts a new right sibling into the tree, splitting branches upwards as needed. Uses up the path. */
  #grow(split: { left: Node; right: Node; bound: Uint8Array; appending: boolean }): void {
    const path = this.#path;
    if (path.length === 0) {
      this.#root = new Branch([split.left, split.right], [new Uint8Array(0), split.bound]);
      return;
    }
    path.length--;
    const branch = path.branches[path.length]!;
    const index = path.indexes[path.length]!;
    branch.live[index] = liveBelow(split.left);
    branch.insert(index + 1, split.bound, split.right);
    if (branch.children.length <= BRANCH_CHILDREN_MAX) return;
    const { bound, right } = branch.split(split.appending);
    this.#grow({ left: branch, right, bound, appending: split.appending });
  }

  /** Compacts the keys of a leaf until so many changes have been dropped; answers how many were. */
  #compactLeaf(leaf: Leaf, { revision, drop }: CompactOptions, dropsMax: number): number {
    let dropped = 0;
    const gone = new Set<number>();
    for (let slot = 0; slot < leaf.count && dropped < dropsMax; slot++) {
      const handle = leaf.history(slot);
      const due = this.#droppable(leaf, slot, revision);
      const now = Math.min(due, dropsMax - dropped);
      for (let i = 0; i < now; i++) {
        const mark = this.#histories.markAt(handle, i);
        drop(this.#histories.mainAt(handle, i), Math.floor(mark / 2), mark % 2 === 1);
      }
      leaf.setHistory(slot, this.#histories.dropFirst(handle, now));
      dropped += now;
      if (now < due || !isGone(leaf, slot, revision)) continue;
      drop(leaf.modRevision(slot), leaf.sub(slot), true);
      dropped++;
      gone.add(slot);
    }
    if (gone.size > 0) leaf.removeWhere((slot) => gone.has(slot));
    this.#size -= gone.size;
    return dropped;
  }

  /** How many of the older changes of a key a compaction drops. */
  #droppable(leaf: Leaf, slot: number, revision: number): number {
    const handle = leaf.history(slot);
    if (leaf.modRevision(slot) <= revision) return this.#histories.count(handle);
    const newest = this.#histories.find(handle, revision);
    if (newest < 0) return 0;
    const isTombstone = this.#histories.markAt(handle, newest) % 2 === 1;
    return isTombstone && this.#histories.mainAt(handle, newest) < revision ? newest + 1 : newest;
  }

  /** Takes the leaf found last out of the tree if it is empty, or merges it with a neighbour if nearly so. */
  #rebalance(leaf: Leaf): void {
    const path = this.#path;
    if (path.length === 0 || leaf.count > LEAF_KEYS_MAX / 4) return;
    if (leaf.count === 0) {
      this.#removeChild();
      return;
    }
    const branch = path.branches[path.length - 1]!;
    const index = path.indexes[path.length - 1]!;
    const left = index > 0 ? index - 1 : index;
    const [a, b] = [branch.children[left], branch.children[left + 1]];
    if (!(a instanceof Leaf && b instanceof Leaf) || a.count + b.count > LEAF_KEYS_MAX / 2) return;
    b.moveTail(0, a);
    branch.live[left] = a.live;
    branch.remove(left + 1);
    this.#shrinkRoot();
  }

  /** Removes the empty node the path leads to. Uses up the path. */
  #removeChild(): void {
    const path = this.#path;
    if (path.length === 0) {
      this.#root = new Leaf();
      return;
    }
    path.length--;
    const branch = path.branches[path.length]!;
    const index = path.indexes[path.length]!;
    assert(liveBelow(branch.children[index]!) === 0, "a node with live keys is removed from the key index");
    branch.remove(index);
    if (branch.children.length === 0) this.#removeChild();
    this.#shrinkRoot();
  }

  #shrinkRoot(): void {
    while (this.#root instanceof Branch && this.#root.children.length === 1) this.#root = this.#root.children[0]!;
  }
}

/** Whether a compaction leaves nothing of a key whose older changes it has dropped. */
function isGone(leaf: Leaf, slot: number, revision: number): boolean {
  return leaf.isDead(slot) && leaf.modRevision(slot) < revision;
}

/** The state of a deleted key. */
export function tombstoneAt(main: number, sub: number): KeyState {
  return { createRevision: 0, modRevision: main, sub, version: 0, dead: true, leased: false };
}
