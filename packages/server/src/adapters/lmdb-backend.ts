/**
 * The live store on LMDB. Staged writes go to LMDB's write thread in one transaction per commit: the event loop pays for
 * queueing them, the write thread for the tree, the pages and the flush.
 *
 * Durability: `overlappingSync` keeps a transaction that is written but not yet flushed apart from the last flushed one
 * (and does not reuse that one's pages); `safeRestore` makes the next open start from the flushed one. So a power cut loses
 * whole transactions from the end, never integrity, and `commit` resolves when the flush is done.
 *
 * Layout: `PATH/live.N/`, one environment directory; N grows by one with each defragmentation, which copies the live pages
 * beside the old directory, renames the finished copy into place and removes the old one. The highest N counts.
 */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { open as openFile, rename, statfs } from "node:fs/promises";
import { join } from "node:path";
import { type Database, open, type RootDatabase, type RootDatabaseOptions } from "lmdb";
import { assert } from "../lib/assert.ts";
import { successor } from "../lib/bytes.ts";
import {
  type Backend,
  type BackendEntry,
  BackendOverlay,
  type BackendPair,
  type BackendView,
  type Bucket,
  buckets,
  CommitQueue,
  DiskError,
  diskErrorCodes,
  type Layer,
  type SliceRange,
  type VisitEntry,
} from "../ports/index.ts";
import { type Commit, committed } from "./lmdb-commit.ts";
import { copyOut, lookAt, sliceOf } from "./lmdb-copy.ts";
import { scanDatabase } from "./lmdb-scan.ts";

type Bytes = Database<Uint8Array, Uint8Array>;
interface Environment {
  readonly root: RootDatabase<Uint8Array, Uint8Array>;
  readonly databases: ReadonlyMap<Bucket, Bytes>;
  readonly path: string;
  readonly generation: number;
}

const FIRST_KEY: Uint8Array = new Uint8Array(0);
const SCAN_SLICE_ENTRIES = 1000;

/** The live store in a directory of its own; `LmdbBackend.open` acquires it, `close` gives it back. */
export class LmdbBackend implements Backend {
  readonly #path: string;
  #overlay = new BackendOverlay();
  /** Open views: an environment that one reads from must not be closed. */
  readonly #views = new Set<Promise<void>>();
  /** Environments that others have replaced, until nobody reads from them. */
  readonly #retired = new Set<Promise<void>>();
  readonly #beforeCommit: (() => void)[] = [];
  readonly #commits = new CommitQueue(() => this.#flush());
  #environment: Environment;
  #closed = false;
  #sizeBytes: number | undefined;

  /** Opens the store in a directory of its own, which is created when missing. */
  static open(path: string): LmdbBackend {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return new LmdbBackend(path);
  }

  private constructor(path: string) {
    this.#path = path;
    const generation = latestGeneration(path);
    this.#environment = openEnvironment(directoryOf(path, generation), generation);
  }

  get stagedBytes(): number {
    return this.#overlay.stagedBytes;
  }

  /** As of the last commit: the file grows then only, and the quota asks for every request. */
  get sizeBytes(): number {
    this.#sizeBytes ??= this.#fileSizeBytes();
    return this.#sizeBytes;
  }

  #fileSizeBytes(): number {
    const { pageSize, lastPageNumber } = this.#environment.root.getStats() as LmdbStats;
    return pageSize * (lastPageNumber + 1);
  }

  get sizeInUseBytes(): number {
    let pages = META_PAGES;
    for (const database of this.#environment.databases.values()) pages += pagesOf(database.getStats() as LmdbStats);
    const stats = this.#environment.root.getStats() as LmdbStats;
    return (pages + pagesOf(stats) + pagesOf(stats.free)) * stats.pageSize;
  }

  get(bucket: Bucket, key: Uint8Array): Uint8Array | undefined {
    this.#assertOpen();
    const staged = this.#overlay.get(bucket, key);
    if (staged !== undefined) return staged ?? undefined;
    return copyOut(this.#database(bucket), key);
  }

  peek(bucket: Bucket, key: Uint8Array): Uint8Array | undefined {
    this.#assertOpen();
    const staged = this.#overlay.get(bucket, key);
    if (staged !== undefined) return staged ?? undefined;
    return lookAt(this.#database(bucket), key);
  }

  slice(bucket: Bucket, range: SliceRange): BackendEntry[] {
    this.#assertOpen();
    const database = this.#database(bucket);
    return this.#overlay.slice(bucket, range, (wanted) => sliceOf(database, wanted));
  }

  scan(bucket: Bucket, visit: VisitEntry): void {
    this.#assertOpen();
    if (!this.#overlay.holds(bucket)) scanDatabase(this.#environment.root, bucket, visit);
    else this.#scanStaged(bucket, visit);
  }

  /** A scan of a bucket with staged writes, which is rare, slice by slice. */
  #scanStaged(bucket: Bucket, visit: VisitEntry): void {
    for (let start = FIRST_KEY; ; ) {
      const entries = this.slice(bucket, { start, limit: SCAN_SLICE_ENTRIES });
      for (const { key, value } of entries) visit(key, value);
      if (entries.length < SCAN_SLICE_ENTRIES) return;
      start = successor(entries[entries.length - 1]!.key);
    }
  }

  put(bucket: Bucket, key: Uint8Array, value: Uint8Array): void {
    this.#assertOpen();
    this.#overlay.stage(bucket, key, value);
  }

  delete(bucket: Bucket, key: Uint8Array): void {
    this.#assertOpen();
    this.#overlay.stage(bucket, key, null);
  }

  beforeCommit(run: () => void): void {
    this.#beforeCommit.push(run);
  }

  commit(): Promise<void> {
    return this.#commits.commit();
  }

  /** Copies the live pages into a fresh file while commits wait (staging and reading go on), then swaps the files. */
  async defragment(): Promise<void> {
    await Promise.all(this.#retired);
    await this.#commits.exclusively(() =>
      this.#exchange(
        (partial) => this.#environment.root.backup(partial, true),
        () => {},
      ),
    );
  }

  view(): BackendView {
    this.#assertOpen();
    const { root, databases } = this.#environment;
    const transaction = root.useReadTransaction();
    let closed = () => {};
    const closing = new Promise<void>((resolve) => {
      closed = resolve;
    });
    this.#views.add(closing);
    return {
      get: (bucket, key) => copied(databases.get(bucket)!.get(key, { transaction })),
      slice: (bucket, range) => sliceOf(databases.get(bucket)!, range, transaction),
      close: () => {
        if (!this.#views.delete(closing)) return;
        transaction.done();
        closed();
      },
    };
  }

  async replace(content: AsyncIterable<BackendPair>, onReplaced?: () => void): Promise<void> {
    await Promise.all(this.#retired);
    await this.#commits.exclusively(() =>
      this.#exchange(
        (partial) => fill(partial, content),
        () => {
          this.#overlay = new BackendOverlay();
          onReplaced?.();
        },
      ),
    );
  }

  /** Makes a new generation of the store by `make`, then swaps it in for the present one; reads see it from `onSwapped` on. */
  async #exchange(make: (partial: string) => Promise<unknown>, onSwapped: () => void): Promise<void> {
    const old = this.#environment;
    const generation = old.generation + 1;
    const partial = join(this.#path, `${PARTIAL_PREFIX}${generation}`);
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { mode: 0o700 });
    try {
      await make(partial);
      await syncPath(join(partial, "data.mdb"));
    } catch (error) {
      // What was made of it would take the space that a full disk, or the next attempt, needs.
      rmSync(partial, { recursive: true, force: true });
      throw error;
    }
    await rename(partial, directoryOf(this.#path, generation));
    await syncPath(this.#path);
    this.#environment = openEnvironment(directoryOf(this.#path, generation), generation);
    this.#sizeBytes = undefined;
    onSwapped();
    const isRead = this.#views.size > 0;
    const gone = this.#retire(old);
    if (!isRead) await gone;
  }

  /** Lets go of an environment once nobody reads from it; commits do not wait for readers, but the next exchange does. */
  #retire(environment: Environment): Promise<void> {
    const views = [...this.#views];
    const gone = Promise.all(views)
      .then(() => closeEnvironment(environment))
      .then(() => rmSync(environment.path, { recursive: true, force: true }))
      // What cannot be removed now is removed at the next start.
      .catch(() => {})
      .finally(() => this.#retired.delete(gone));
    this.#retired.add(gone);
    return gone;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all(this.#retired);
    await this.#commits.exclusively(() => closeEnvironment(this.#environment));
  }

  async #flush(): Promise<void> {
    this.#assertOpen();
    await assertSpace(this.#path, this.stagedBytes);
    for (const run of this.#beforeCommit) run();
    const layer = this.#overlay.freeze();
    await committed(() => this.#write(layer));
    this.#sizeBytes = undefined;
    this.#overlay.release();
  }

  /** Queues a layer as one transaction: all writes of one event-loop turn are one batch to LMDB, and share its promise. */
  #write(layer: Layer): ReadonlySet<Commit> {
    const commits = new Set<Commit>();
    let last: Commit | undefined;
    for (const [bucket, writes] of layer) {
      const database = this.#database(bucket);
      writes.scan({ start: FIRST_KEY }, (key, value) => {
        const commit = value === null ? database.remove(key) : database.put(key, value);
        if (commit !== last) commits.add(commit);
        last = commit;
        return true;
      });
    }
    return commits;
  }

  #database(bucket: Bucket): Bytes {
    return this.#environment.databases.get(bucket)!;
  }

  #assertOpen(): void {
    assert(!this.#closed, "the backend is closed");
  }
}

const DIRECTORY_PREFIX = "live.";
const PARTIAL_PREFIX = "partial.";
const META_PAGES = 2;
/** Pairs, and bytes, written to a fresh environment between two waits for it. */
const FILL_BATCH = 5_000;
const FILL_BYTES = 4 * 1024 * 1024;

interface LmdbTreeStats {
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}
interface LmdbStats extends LmdbTreeStats {
  readonly pageSize: number;
  readonly lastPageNumber: number;
  readonly free: LmdbTreeStats;
}

function pagesOf(stats: LmdbTreeStats): number {
  return stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages;
}

function directoryOf(path: string, generation: number): string {
  return join(path, `${DIRECTORY_PREFIX}${generation}`);
}

/** The highest generation there is, 1 in a fresh directory; older and unfinished ones are removed. */
function latestGeneration(path: string): number {
  const names = readdirSync(path);
  const generations = names
    .filter((name) => /^live\.\d+$/.test(name))
    .map((name) => Number(name.slice(DIRECTORY_PREFIX.length)));
  const latest = Math.max(1, ...generations);
  for (const name of names) {
    const outdated = name.startsWith(PARTIAL_PREFIX) || (/^live\.\d+$/.test(name) && name !== `live.${latest}`);
    if (outdated) rmSync(join(path, name), { recursive: true, force: true });
  }
  return latest;
}

function openEnvironment(path: string, generation: number): Environment {
  const encodings = { keyEncoding: "binary", encoding: "binary" } as const;
  const names = Object.values(buckets);
  const root = open<Uint8Array, Uint8Array>(path, {
    ...encodings,
    noSubdir: false,
    maxDbs: names.length + 4,
    overlappingSync: true,
    safeRestore: true,
    separateFlushed: true,
  } as RootDatabaseOptions);
  const databases = new Map(names.map((name): [Bucket, Bytes] => [name, root.openDB({ ...encodings, name })]));
  return { root, databases, path, generation };
}

/** Writes pairs into a fresh environment; they are durable when it is closed again. */
async function fill(path: string, content: AsyncIterable<BackendPair>): Promise<void> {
  const environment = openEnvironment(path, 0);
  try {
    let [queued, bytes] = [0, 0];
    let written: Promise<boolean> | undefined;
    await assertSpace(path, FILL_BYTES);
    for await (const { bucket, key, value } of content) {
      written = environment.databases.get(bucket)!.put(key, value);
      bytes += key.length + value.length;
      if (++queued < FILL_BATCH && bytes < FILL_BYTES) continue;
      await written;
      await assertSpace(path, FILL_BYTES);
      [queued, bytes] = [0, 0];
    }
    await written;
    await environment.root.flushed;
  } finally {
    await closeEnvironment(environment);
  }
}

async function closeEnvironment(environment: Environment): Promise<void> {
  await environment.root.close();
}

/** Kept free beside what is written: branch pages, and what others write meanwhile. */
const SPACE_BYTES_SPARE = 16 * 1024 * 1024;

/** Refuses to write on a disk without room: LMDB's write thread corrupts the process's memory when a write is cut short. */
async function assertSpace(path: string, stagedBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(path);
  if (stagedBytes === 0 || bavail * bsize >= 2 * stagedBytes + SPACE_BYTES_SPARE) return;
  throw new DiskError(diskErrorCodes.noSpace, { operation: "commit", path });
}

async function syncPath(path: string): Promise<void> {
  const file = await openFile(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function copied(value: Uint8Array | undefined): Uint8Array | undefined {
  return value && new Uint8Array(value);
}
