/**
 * The replicated v2 key space of a member: tree, history, watchers and statistics behind one door. Changes come only
 * from the log (`apply`), so every member holds the same tree and the same history; reads, watches and counts are this
 * member's own. What changed goes to the live store with its next commit, which then holds the entries that did it, too.
 */
import type { Request } from "@etcd-ts/proto";
import { joined } from "../lib/bytes.ts";
import type { Backend } from "../ports/index.ts";
import { applySync, applyWrite, v2Methods } from "./apply-request.ts";
import { decodeV2Snapshot } from "./etcd-snapshot.ts";
import { type V2Event, type V2Failure, type V2Result, v2Actions } from "./event.ts";
import { EventHistory } from "./event-history.ts";
import { type NodeView, viewWithChildren } from "./node.ts";
import { cleanPath } from "./paths.ts";
import { liveNode, snapshotPieces } from "./snapshot-pieces.ts";
import { count, createStats, type V2Stats } from "./stats.ts";
import { isFailure, type StoredNode, type TreeChange, V2Tree } from "./tree.ts";
import { loadV2Bucket, V2Bucket } from "./v2-bucket.ts";
import { HubWatcher, type V2Watcher, WatchHub, type WatchOptions } from "./watch-hub.ts";

/** What to read. */
export interface ReadOptions {
  readonly path: string;
  readonly recursive: boolean;
  readonly sorted: boolean;
  /** The moment for which remaining times are told, in milliseconds since 1970. */
  readonly nowMs: number;
}

/** A request in the log that names a method no release has. */
export class UnknownV2MethodError extends Error {
  override readonly name = "UnknownV2MethodError";
}

/** The key space. */
export class V2Store {
  readonly #backend: Backend;
  readonly #bucket: V2Bucket;
  readonly #hub = new WatchHub();
  #tree: V2Tree;
  #history: EventHistory;
  #stats = createStats();
  /** Since this member started. */
  readonly #recursiveReads = { success: 0, fail: 0 };
  #watchRequests = 0;
  /** The time the last entry with one carried; remaining times in events of those without are counted from it. */
  #nowNs = 0n;

  private constructor(backend: Backend) {
    this.#backend = backend;
    this.#bucket = new V2Bucket(backend);
    this.#tree = new V2Tree(this.#bucket);
    this.#history = new EventHistory();
    backend.beforeCommit(() => this.#bucket.stageAll(this.#history));
  }

  /** Loads the key space of a live store; an empty one gets the tree every cluster begins with. */
  static open({ backend }: { backend: Backend }): V2Store {
    const store = new V2Store(backend);
    store.#load();
    return store;
  }

  /** Reads everything anew, for the live store's content was replaced. Watches end: nobody knows what they missed. */
  reload(): void {
    this.#hub.endAll();
    this.#bucket.forget();
    this.#tree = new V2Tree(this.#bucket);
    this.#history = new EventHistory();
    this.#load();
  }

  #load(): void {
    const loaded = loadV2Bucket(this.#backend);
    if (loaded === undefined) this.#tree.foundNamespaces();
    else this.#replace(loaded);
  }

  /** Ends every watch, as when the member stops. */
  endWatches(): void {
    this.#hub.endAll();
  }

  /** The index of the last change. */
  get index(): number {
    return this.#tree.index;
  }

  /** Whether anything waits to expire: the leader proposes `SYNC` only then. */
  get hasTtlKeys(): boolean {
    return this.#tree.expiringCount > 0;
  }

  /** Counts so far; a copy. */
  get stats(): V2Stats {
    return { ...this.#stats, watchers: this.#hub.count };
  }

  /** Reads of a node with everything below it; a part of the gets in `stats`. */
  get recursiveReads(): { readonly success: number; readonly fail: number } {
    return this.#recursiveReads;
  }

  /** Watches asked for, whether or not there was something to wait for. */
  get watchRequests(): number {
    return this.#watchRequests;
  }

  /** Applies a request of the log. Throws `UnknownV2MethodError` for a method nobody knows; nothing changes then. */
  apply(request: Request): V2Result {
    if (request.time !== 0n) this.#nowNs = request.time;
    const parts = { tree: this.#tree, stats: this.#stats, nowNs: this.#nowNs, onChange: this.#onChange };
    if (request.method === v2Methods.sync) {
      applySync(request, parts);
      return {};
    }
    if (request.method === v2Methods.quorumGet) return this.#read(request, this.#nowNs);
    const result = applyWrite(request, parts);
    if (result === undefined) throw new UnknownV2MethodError(`v2: method ${JSON.stringify(request.method)}`);
    return result;
  }

  /** Reads this member's tree as it is. */
  read({ path, recursive, sorted, nowMs }: ReadOptions): V2Result {
    return this.#read({ path, recursive, sorted }, nanosOf(nowMs));
  }

  /** A node with what it holds, for the member's own use: nothing is counted, and remaining times are not told. */
  peek(path: string): NodeView | undefined {
    const node = this.#tree.find(path);
    return isFailure(node)
      ? undefined
      : viewWithChildren(node, { recursive: false, sorted: false, nowNs: this.#nowNs });
  }

  /** Waits for a change, or gives the first in the history that fits. */
  watch(options: WatchOptions): V2Watcher | V2Failure {
    this.#watchRequests++;
    const path = cleanPath(options.path);
    const startIndex = this.#tree.index;
    const sinceIndex = options.sinceIndex === 0 ? startIndex + 1 : options.sinceIndex;
    const { recursive, rules } = options;
    const found = this.#history.find(sinceIndex, { path, recursive, rules });
    if (found !== undefined && "code" in found) return { ...found, index: startIndex };
    const leave = (one: HubWatcher): void => this.#hub.remove(one);
    const watcher = new HubWatcher({ ...options, path }, { sinceIndex, startIndex, leave });
    // Who begins in the past gets that one event and, even streaming, no other: so it has always been.
    if (found !== undefined) watcher.push(found);
    else this.#hub.add(watcher);
    return watcher;
  }

  /** To be called after every batch of changes: what is too large to wait for the live store's next commit is staged. */
  stage(): void {
    this.#bucket.stage(this.#history);
  }

  /** The whole key space as etcd's snapshots hold it, in one turn: for trees that are known to be small. */
  encodeSnapshot(): Uint8Array {
    const { index, root } = this.#tree;
    const { firstIndex, lastIndex } = this.#history;
    const history = { firstIndex, lastIndex, events: this.#history.all() };
    const pieces = snapshotPieces({ index, root: liveNode(root), history, stats: this.stats, pathStart: 0 });
    return joined([...pieces]);
  }

  /**
   * Takes over a key space in etcd's form and ends every watch. Throws `V2SnapshotError` when the
   * data is none; nothing changes then.
   */
  restoreSnapshot(data: Uint8Array): void {
    const { nodes, index, events, stats } = decodeV2Snapshot(data);
    this.#hub.endAll();
    this.#bucket.clear();
    this.#tree = new V2Tree(this.#bucket);
    this.#replace({ nodes, index, events });
    this.#bucket.loaded(0);
    this.#bucket.rewrite(this.#tree.root, index);
    this.#stats = { ...this.#stats, ...stats };
  }

  #replace({ nodes, index, events }: { nodes: Iterable<StoredNode>; index: number; events: Iterable<V2Event> }): void {
    this.#tree.load(nodes, index);
    this.#history = new EventHistory();
    for (const event of events) this.#history.add(event);
    this.#bucket.loaded(this.#history.lastIndex);
  }

  readonly #onChange = ({ event, removed }: TreeChange): void => {
    this.#history.add(event);
    if (!event.refresh) this.#hub.notify(event, removed);
  };

  #read(what: { path: string; recursive: boolean; sorted: boolean }, nowNs: bigint): V2Result {
    const { recursive, sorted } = what;
    const node = this.#tree.find(cleanPath(what.path));
    const failed = isFailure(node);
    count(this.#stats, "gets", !failed);
    if (recursive) this.#recursiveReads[failed ? "fail" : "success"]++;
    if (failed) return { failure: node };
    const view = viewWithChildren(node, { recursive, sorted, nowNs });
    const storeIndex = this.#tree.index;
    return { event: { action: v2Actions.get, node: view, prevNode: undefined, refresh: false, storeIndex } };
  }
}

/** Milliseconds of a clock as the nanoseconds the tree counts in. */
export function nanosOf(ms: number): bigint {
  return BigInt(Math.trunc(ms * 1000)) * 1000n;
}
