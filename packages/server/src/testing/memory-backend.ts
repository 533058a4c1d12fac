/**
 * A backend without a disk: what is committed lives in a `MemoryDisk`, which outlives the backend and stands for the
 * file, so that a test can lose a process and open the same store again. Commits can be delayed or made to fail.
 */

import { assert } from "../lib/assert.ts";
import { SortedBytesMap } from "../lib/sorted-bytes-map.ts";
import {
  type Backend,
  type BackendEntry,
  BackendOverlay,
  type BackendPair,
  type BackendView,
  type Bucket,
  CommitQueue,
  type Layer,
  type SliceRange,
  type VisitEntry,
} from "../ports/index.ts";

/** Called when a commit has been cut and before it is durable; may wait, and may throw to fail it. */
export type BeforeCommit = () => Promise<void>;

/** The durable part of a memory backend. */
export class MemoryDisk {
  #buckets = new Map<Bucket, SortedBytesMap<Uint8Array>>();
  sizeBytes = 0;

  bucket(bucket: Bucket): SortedBytesMap<Uint8Array> {
    let map = this.#buckets.get(bucket);
    if (map === undefined) {
      map = new SortedBytesMap();
      this.#buckets.set(bucket, map);
    }
    return map;
  }

  /** The same content on a disk of its own. */
  copy(): MemoryDisk {
    const copy = new MemoryDisk();
    for (const [name, map] of this.#buckets) {
      map.scan({ start: new Uint8Array(0) }, (key, value) => {
        copy.bucket(name).set(key, value);
        return true;
      });
    }
    copy.sizeBytes = this.sizeBytes;
    return copy;
  }

  /** Takes over another disk's content. */
  take(other: MemoryDisk): void {
    this.#buckets = other.#buckets;
    this.sizeBytes = other.sizeBytes;
  }

  apply(layer: Layer): void {
    for (const [bucket, writes] of layer) {
      const map = this.bucket(bucket);
      writes.scan({ start: new Uint8Array(0) }, (key, value) => {
        const previous = value === null ? map.delete(key) : map.set(key, value);
        if (previous !== undefined) this.sizeBytes -= key.length + previous.length;
        if (value !== null) this.sizeBytes += key.length + value.length;
        return true;
      });
    }
  }
}

function sliceOf(disk: MemoryDisk, bucket: Bucket, range: SliceRange): BackendEntry[] {
  const entries: BackendEntry[] = [];
  let bytesLeft = range.bytesMax ?? Number.POSITIVE_INFINITY;
  disk.bucket(bucket).scan(range, (key, value) => {
    bytesLeft -= value.length;
    return entries.push({ key, value }) < range.limit && bytesLeft > 0;
  });
  return entries;
}

/** The backend itself; several may follow each other on one disk, never at the same time. */
export class MemoryBackend implements Backend {
  readonly #disk: MemoryDisk;
  readonly #beforeCommit: BeforeCommit | undefined;
  #overlay = new BackendOverlay();
  readonly #lastStagers: (() => void)[] = [];
  readonly #commits = new CommitQueue(() => this.#flush());
  #closed = false;
  /** The layer of the running commit. */
  #flushing: Layer | undefined;
  #peeked = new Uint8Array(0);

  constructor(options: { disk?: MemoryDisk; beforeCommit?: BeforeCommit } = {}) {
    this.#disk = options.disk ?? new MemoryDisk();
    this.#beforeCommit = options.beforeCommit;
  }

  get stagedBytes(): number {
    return this.#overlay.stagedBytes;
  }

  get sizeBytes(): number {
    return this.#disk.sizeBytes;
  }

  get sizeInUseBytes(): number {
    return this.#disk.sizeBytes;
  }

  get(bucket: Bucket, key: Uint8Array): Uint8Array | undefined {
    this.#assertOpen();
    const staged = this.#overlay.get(bucket, key);
    if (staged !== undefined) return staged ?? undefined;
    return this.#disk.bucket(bucket).get(key);
  }

  /** One array for all, so that who keeps what was only to be looked at finds it changed. */
  peek(bucket: Bucket, key: Uint8Array): Uint8Array | undefined {
    this.#peeked.fill(0xee);
    this.#peeked = this.get(bucket, key)?.slice() ?? new Uint8Array(0);
    return this.get(bucket, key) === undefined ? undefined : this.#peeked;
  }

  slice(bucket: Bucket, range: SliceRange): BackendEntry[] {
    this.#assertOpen();
    return this.#overlay.slice(bucket, range, (wanted) => sliceOf(this.#disk, bucket, wanted));
  }

  /** Lends copies that are overwritten afterwards, so that whoever keeps one notices. */
  scan(bucket: Bucket, visit: VisitEntry): void {
    for (const { key, value } of this.slice(bucket, { start: new Uint8Array(0), limit: Number.POSITIVE_INFINITY })) {
      const lent = { key: key.slice(), value: value.slice() };
      visit(lent.key, lent.value);
      lent.key.fill(0xee);
      lent.value.fill(0xee);
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
    this.#lastStagers.push(run);
  }

  commit(): Promise<void> {
    return this.#commits.commit();
  }

  view(): BackendView {
    const frozen = this.#disk.copy();
    return {
      get: (bucket, key) => frozen.bucket(bucket).get(key),
      slice: (bucket, range) => sliceOf(frozen, bucket, range),
      close: () => {},
    };
  }

  async replace(content: AsyncIterable<BackendPair>, onReplaced?: () => void): Promise<void> {
    await this.#commits.exclusively(async () => {
      const fresh = new MemoryDisk();
      for await (const { bucket, key, value } of content) {
        fresh.bucket(bucket).set(key, value);
        fresh.sizeBytes += key.length + value.length;
      }
      if (this.#closed) throw new Error("the process was lost before the replacement was durable");
      this.#disk.take(fresh);
      this.#overlay = new BackendOverlay();
      onReplaced?.();
    });
  }

  async defragment(): Promise<void> {}

  async close(): Promise<void> {
    await this.#commits.exclusively(async () => {
      this.#closed = true;
    });
  }

  /** What the loss of the process does: a running commit has reached the disk, whole, or does not reach it any more. */
  crash({ keepsRunningCommit = false }: { keepsRunningCommit?: boolean } = {}): void {
    this.#closed = true;
    if (keepsRunningCommit && this.#flushing !== undefined) this.#disk.apply(this.#flushing);
  }

  async #flush(): Promise<void> {
    for (const run of this.#lastStagers) run();
    const layer = this.#overlay.freeze();
    this.#flushing = layer;
    await this.#beforeCommit?.();
    if (this.#closed) throw new Error("the process was lost before the commit was durable");
    this.#flushing = undefined;
    this.#disk.apply(layer);
    this.#overlay.release();
  }

  #assertOpen(): void {
    assert(!this.#closed, "the backend is closed");
  }
}
