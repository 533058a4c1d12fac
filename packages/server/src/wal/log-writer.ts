/**
 * Group commit: everything handed over while a sync is under way goes out together behind it, one write and one sync
 * for all. Order is kept: what is acknowledged is behind all that was acknowledged before.
 *
 *     submit ─▶ queue ─▶ encoder ─▶ write ─▶ sync ─▶ acknowledge ─▶ (segment full: cut) ─▶ next group
 *
 * A batch that asks for no sync is acknowledged once encoded and reaches the disk with the next one that does, unless it asks
 * to be written at least.
 * After a failed write or sync nothing is known about the disk, and a second sync that succeeds proves nothing (Linux
 * reports an error once and drops the pages): the writer fails for good. A new segment that cannot be made is no such
 * failure: the current one grows on, and the cut is tried again later.
 */
import type { raftpb, walpb } from "@etcd-ts/proto";
import { assert } from "../lib/assert.ts";
import type { Clock, Disk, DiskError, DiskFile, Logger } from "../ports/index.ts";
import { RecordEncoder } from "./record-encoder.ts";
import { encodeSegmentHead, type Segment, written } from "./segment.ts";
import { SegmentSupply, type SpareSegment } from "./segment-supply.ts";
import { type SyncMode, SyncPolicy } from "./sync-policy.ts";
import { WalFailedError } from "./wal-errors.ts";
import type { WalMetrics } from "./wal-metrics.ts";

/** A group is closed at this size; the batch that passes it still belongs to it. */
const GROUP_BYTES = 4 * 1024 * 1024;
/** Records that need no sync wait in memory up to this size. */
const UNWRITTEN_BYTES_MAX = 64 * 1024;
/** Larger writes are handed to the thread pool. */
const DIRECT_WRITE_BYTES_MAX = 512 * 1024;
/** More waiting batches than this is a caller that ignores acknowledgements. */
const QUEUE_MAX = 65_536;
/** A sync as slow as this is worth a line in the log, as in etcd. */
const SLOW_SYNC_MS = 1000;

/** What goes into the log together. */
export interface LogAppend {
  readonly entries: readonly raftpb.Entry[];
  readonly hardState?: raftpb.HardState | undefined;
  readonly snapshot?: walpb.Snapshot | undefined;
  readonly mustSync: boolean;
  readonly mustWrite?: boolean;
  readonly done: (error?: Error) => void;
}

/** What the writer works with. */
export interface LogWriterDeps {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: WalMetrics;
}

/** Where the log stands when writing begins, and how it is written. */
export interface LogWriterState {
  readonly dir: string;
  readonly metadata: Uint8Array;
  readonly segmentSizeBytes: number;
  readonly syncMode: SyncMode;
  /** Oldest first; the last one is written to. The writer owns them. */
  readonly segments: Segment[];
  /** Where the last segment's records end. */
  readonly offset: number;
  readonly crc: number;
  readonly hardState: raftpb.HardState;
  readonly lastIndex: number;
}

interface Group {
  readonly appends: readonly LogAppend[];
  readonly mustSync: boolean;
  readonly mustWrite: boolean;
  bytes: number;
}

/** Writes to the end of the log. */
export class LogWriter {
  readonly #deps: LogWriterDeps;
  readonly #state: LogWriterState;
  readonly #encoder: RecordEncoder;
  readonly #policy: SyncPolicy;
  readonly #supply: SegmentSupply;
  /** All segments, the one written to last. */
  readonly segments: Segment[];
  #tail: Segment;
  /** Where the next group goes in the tail; everything before is written, not always synced. */
  #offset: number;
  /** Bytes of the tail were written and not synced. */
  #unsynced = false;
  /** The tail is full at this size; grows when a cut had to be postponed. */
  #cutAtBytes: number;
  #hardState: raftpb.HardState;
  #lastIndex: number;
  readonly #queue: LogAppend[] = [];
  /** A group or a cut is under way: whoever ends it looks at the queue again. */
  #busy = false;
  #cutting = false;
  #failure: WalFailedError | undefined;
  #idleWaiters: (() => void)[] = [];

  constructor(deps: LogWriterDeps, state: LogWriterState) {
    this.#deps = deps;
    this.#state = state;
    this.#encoder = new RecordEncoder(state.crc);
    this.#policy = new SyncPolicy(state.syncMode);
    this.#supply = new SegmentSupply(deps.disk, { dir: state.dir, sizeBytes: state.segmentSizeBytes });
    this.segments = state.segments;
    this.#tail = state.segments.at(-1)!;
    this.#offset = state.offset;
    this.#cutAtBytes = state.segmentSizeBytes;
    this.#hardState = state.hardState;
    this.#lastIndex = state.lastIndex;
  }

  /** Queues a batch; `done` may be called before this returns. Nothing in the batch may change until then. */
  submit(append: LogAppend): void {
    if (this.#failure !== undefined) {
      append.done(this.#failure);
      return;
    }
    assert(this.#queue.length < QUEUE_MAX, "the log's queue is full");
    this.#queue.push(append);
    if (!this.#busy) this.#drain();
  }

  /** Writes what is queued and encoded, and gives the spare segment back. The segments stay open. */
  async close(): Promise<void> {
    await this.#idle();
    if (this.#failure === undefined && (this.#encoder.length > 0 || this.#unsynced)) await this.#flush();
    await this.#supply.close();
  }

  #flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error?: Error): void => (error === undefined ? resolve() : reject(error));
      this.submit({ entries: [], mustSync: true, done });
    });
  }

  #idle(): Promise<void> {
    if (!this.#busy) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  #drain(): void {
    this.#busy = true;
    for (let run = 0; this.#queue.length > 0; run++) {
      const ended = this.#commit(this.#takeGroup(), run);
      if (!ended || this.#cutting) return;
    }
    this.#busy = false;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #takeGroup(): Group {
    let count = 0;
    let mustSync = false;
    let mustWrite = false;
    while (count < this.#queue.length && this.#encoder.length < GROUP_BYTES) {
      const append = this.#queue[count++]!;
      this.#encode(append);
      mustSync ||= append.mustSync;
      mustWrite ||= append.mustWrite === true;
    }
    return { appends: this.#queue.splice(0, count), mustSync, mustWrite, bytes: this.#encoder.length };
  }

  #encode({ entries, hardState, snapshot }: LogAppend): void {
    for (let i = 0; i < entries.length; i++) this.#encoder.entry(entries[i]!);
    if (entries.length > 0) this.#lastIndex = entries[entries.length - 1]!.index;
    if (hardState !== undefined) {
      this.#encoder.hardState(hardState);
      this.#hardState = hardState;
    }
    if (snapshot !== undefined) {
      this.#encoder.snapshot(snapshot);
      this.#lastIndex = Math.max(this.#lastIndex, snapshot.index);
    }
  }

  /** Brings a group to the disk; false when that goes on in the background, which then drains on. */
  #commit(group: Group, run: number): boolean {
    if (!group.mustSync && !group.mustWrite && group.bytes < UNWRITTEN_BYTES_MAX) {
      acknowledge(group);
      return true;
    }
    if (this.#policy.choosesDirect(group.bytes, run)) {
      this.#commitDirectly(group);
      return true;
    }
    let returned = false;
    let ended = false;
    this.#commitInBackground(group, (error) => {
      ended = true;
      this.#end(group, error);
      if (returned && !this.#cutting) this.#drain();
    });
    returned = true;
    return ended;
  }

  #commitDirectly(group: Group): void {
    const { clock } = this.#deps;
    try {
      const startMs = clock.nowMs();
      if (group.bytes > 0) this.#tail.file.writeNow([this.#encoder.bytes()], this.#offset);
      const writtenMs = clock.nowMs();
      this.#observeWrite(group.bytes, writtenMs - startMs);
      if (group.mustSync) {
        this.#tail.file.datasyncNow();
        const endMs = clock.nowMs();
        this.#policy.tookDirect(endMs - writtenMs, endMs);
        this.#observeSync(endMs - writtenMs);
      }
    } catch (error) {
      this.#end(group, error as Error);
      return;
    }
    this.#end(group, undefined);
  }

  #commitInBackground(group: Group, done: (error?: Error) => void): void {
    const { clock } = this.#deps;
    const startMs = clock.nowMs();
    this.#write((error) => {
      const writtenMs = clock.nowMs();
      this.#observeWrite(group.bytes, writtenMs - startMs);
      if (error !== undefined || !group.mustSync) {
        done(error);
        return;
      }
      this.#tail.file.datasync((syncError) => {
        const endMs = clock.nowMs();
        this.#policy.tookPool(endMs - writtenMs, endMs);
        this.#observeSync(endMs - writtenMs);
        done(syncError);
      });
    });
  }

  /** A write into the system's cache is quicker than a trip to the thread pool, unless it is long. */
  #write(done: (error?: Error) => void): void {
    const { file } = this.#tail;
    const bytes = this.#encoder.bytes();
    if (bytes.byteLength > DIRECT_WRITE_BYTES_MAX) {
      file.write([bytes], this.#offset, done);
      return;
    }
    let failed: Error | undefined;
    try {
      if (bytes.byteLength > 0) file.writeNow([bytes], this.#offset);
    } catch (error) {
      failed = error as Error;
    }
    done(failed);
  }

  #end(group: Group, error: Error | undefined): void {
    if (error !== undefined) {
      this.#fail(error, group.appends);
      return;
    }
    this.#offset += group.bytes;
    this.#encoder.clear();
    this.#unsynced = !group.mustSync;
    acknowledge(group);
    if (this.#offset >= this.#cutAtBytes) this.#startCut();
    else if (this.#offset >= this.#cutAtBytes / 2) this.#supply.prepare();
  }

  #fail(cause: Error, appends: readonly LogAppend[]): void {
    const failure = new WalFailedError(cause);
    this.#failure = failure;
    this.#deps.log.error("write-ahead log failed", { path: this.#tail.name.name, error: cause.message });
    for (const append of [...appends, ...this.#queue.splice(0)]) append.done(failure);
  }

  #startCut(): void {
    this.#cutting = true;
    const ended = (): void => {
      this.#cutting = false;
      this.#drain();
    };
    this.#cut().then(ended, (error: Error) => {
      this.#fail(error, []);
      ended();
    });
  }

  /** Goes on in a new segment; rejects only when the log cannot be written to any more. */
  async #cut(): Promise<void> {
    const full = this.#tail;
    if (this.#unsynced) await this.#sync(full.file);
    this.#unsynced = false;
    const spare = await this.#prepareSegment();
    if (spare === undefined) return;
    const { log } = this.#deps;
    const next = { sequence: full.name.sequence + 1, firstIndex: this.#lastIndex + 1 };
    const fullBytes = this.#offset;
    this.#tail = await this.#supply.publish(spare, next);
    this.segments.push(this.#tail);
    this.#offset = this.#encoder.length;
    this.#encoder.clear();
    this.#cutAtBytes = this.#state.segmentSizeBytes;
    log.info("created a new WAL segment", { path: `${this.#state.dir}/${this.#tail.name.name}` });
    // What is left of the preallocated space; whether it is given back makes no difference to any reader.
    await full.file.truncate(fullBytes).catch((error: DiskError) => {
      log.warn("failed to truncate a full WAL segment", { path: full.name.name, error: error.message });
    });
  }

  /** The next segment with its first records durable, which stay in the encoder; undefined when it cannot be made. */
  async #prepareSegment(): Promise<SpareSegment | undefined> {
    const crc = this.#encoder.crc;
    let spare: SpareSegment | undefined;
    try {
      spare = await this.#supply.take();
      encodeSegmentHead(this.#encoder, { metadata: this.#state.metadata, hardState: this.#hardState });
      await written(spare.file, this.#encoder.bytes());
      this.#deps.metrics.writtenBytes.inc(this.#encoder.length);
      await this.#sync(spare.file);
      return spare;
    } catch (error) {
      this.#encoder.clear();
      this.#encoder.crc = crc;
      await spare?.file.close().catch(() => {});
      this.#cutAtBytes = this.#offset + this.#state.segmentSizeBytes / 8;
      const fields = { path: this.#state.dir, error: (error as Error).message };
      this.#deps.log.warn("failed to create a new WAL segment; the current one grows", fields);
      return undefined;
    }
  }

  #sync(file: DiskFile): Promise<void> {
    const startMs = this.#deps.clock.nowMs();
    return new Promise((resolve, reject) => {
      file.datasync((error) => {
        this.#observeSync(this.#deps.clock.nowMs() - startMs);
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  }

  #observeWrite(bytes: number, tookMs: number): void {
    this.#deps.metrics.writtenBytes.inc(bytes);
    this.#deps.metrics.writeSeconds.observe(tookMs / 1000);
  }

  #observeSync(tookMs: number): void {
    this.#deps.metrics.fsyncSeconds.observe(tookMs / 1000);
    if (tookMs > SLOW_SYNC_MS) {
      this.#deps.log.warn("slow fdatasync", { took: `${tookMs}ms`, "expected-duration": `${SLOW_SYNC_MS}ms` });
    }
  }
}

function acknowledge(group: Group): void {
  for (const append of group.appends) append.done();
}
