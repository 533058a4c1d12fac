/**
 * Compaction: forgetting old versions, in the background and in slices. What a compaction at revision R drops is decided
 * by the index alone: of each key every change at or before R but the newest, and that one too if it is a tombstone from
 * before R. A tombstone at exactly R stays for those who watch from R on (etcd-io/etcd#18089, #19179).
 *
 *   compact(R): scheduled = R (staged with the log entry) → slices: index and records → finished = R → commit → done
 *
 * After a restart between the two marks the index holds again what is still stored, and the compaction runs anew.
 */
import { etcdError } from "@etcd-ts/proto";
import { assert } from "../lib/assert.ts";
import type { Backend, Clock, Logger, Timer } from "../ports/index.ts";
import type { KeyIndex } from "./index/key-index.ts";
import type { MetaBucket } from "./meta-bucket.ts";
import type { StoreMetrics } from "./metrics.ts";
import type { Pins } from "./pins.ts";
import type { Records } from "./records.ts";

/** What compaction works on. */
export interface CompactorParts {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly log: Logger;
  readonly index: KeyIndex;
  readonly records: Records;
  readonly meta: MetaBucket;
  readonly pins: Pins;
  readonly metrics: StoreMetrics;
}

/** Keys looked at and changes dropped per slice: well below two milliseconds. */
const SLICE_WORK = 500;
/** With more than this waiting for the disk, compaction lets it drain first. */
const STAGED_BYTES_MAX = 64 * 1024 * 1024;

interface Job {
  readonly revision: number;
  readonly startedMs: number;
  from: Uint8Array | undefined;
  dropped: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** How compaction shares the machine with requests. */
export interface CompactionPace {
  /** Between two batches. */
  readonly pauseMs: number;
  /** Keys looked at and changes dropped per batch. */
  readonly batchMax: number;
}

/** The compactions of one store, one after the other. */
export class Compactor {
  readonly #parts: CompactorParts;
  readonly #pace: CompactionPace;
  /** What is left to do of the batch under way. */
  #batchLeft = 0;
  readonly #waiting: Job[] = [];
  #job: Job | undefined;
  #timer: Timer | undefined;
  #compactRevision: number;
  #stopped = false;

  constructor(parts: CompactorParts, pace: CompactionPace) {
    this.#parts = parts;
    this.#pace = pace;
    this.#compactRevision = Math.max(parts.meta.scheduledCompaction, parts.meta.finishedCompaction);
  }

  get compactRevision(): number {
    return this.#compactRevision;
  }

  /** Goes on with a compaction that a restart cut short. */
  resume(): void {
    const { meta, log } = this.#parts;
    if (meta.scheduledCompaction <= meta.finishedCompaction) return;
    log.info("resume scheduled compaction", { "scheduled-compact-revision": meta.scheduledCompaction });
    void this.#enqueue(meta.scheduledCompaction);
  }

  /** Begins a compaction; resolves when everything dropped is durably gone, rejects when it is stopped before. */
  compact(revision: number): Promise<void> {
    assert(revision > this.#compactRevision, "a compaction does not go forward");
    this.#compactRevision = revision;
    this.#parts.meta.scheduledCompaction = revision;
    return this.#enqueue(revision);
  }

  /** Stops where it is; the next start goes on. Whoever waits for the space hears that nobody here will tell. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#timer?.cancel();
    for (const job of [this.#job, ...this.#waiting]) job?.reject(etcdError("stopped"));
  }

  #enqueue(revision: number): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      const startedMs = this.#parts.clock.nowMs();
      this.#waiting.push({ revision, startedMs, from: new Uint8Array(0), dropped: 0, resolve, reject });
      if (this.#job === undefined) this.#startNext();
    });
    // A failed commit shows itself to everybody; nobody has to wait for this one.
    done.catch(() => {});
    return done;
  }

  #startNext(): void {
    this.#job = this.#waiting.shift();
    if (this.#job !== undefined) this.#pause();
  }

  #pause(): void {
    this.#batchLeft = this.#pace.batchMax;
    this.#sliceAfter(this.#pace.pauseMs);
  }

  #sliceAfter(delayMs: number): void {
    this.#timer = this.#parts.clock.setTimer(delayMs, () => this.#slice(this.#job!));
  }

  #slice(job: Job): void {
    const { backend, clock, index, records, pins, metrics } = this.#parts;
    if (pins.anyBelow(job.revision) || backend.stagedBytes > STAGED_BYTES_MAX) {
      this.#pause();
      return;
    }
    const startMs = clock.nowMs();
    const workMax = Math.min(SLICE_WORK, this.#batchLeft);
    this.#batchLeft -= workMax;
    job.from = index.compact(job.from!, {
      revision: job.revision,
      workMax,
      drop: (main, sub, tombstone) => {
        records.drop(main, sub, tombstone);
        job.dropped++;
      },
    });
    // Index and records are compacted in one step.
    const tookMs = clock.nowMs() - startMs;
    metrics.indexCompactionPauseMs.observe(tookMs);
    if (job.from !== undefined) metrics.compactionPauseMs.observe(tookMs);
    if (job.from === undefined) this.#finish(job);
    else if (this.#batchLeft > 0) this.#sliceAfter(0);
    else this.#pause();
  }

  #finish(job: Job): void {
    const { backend, clock, log, meta, metrics } = this.#parts;
    meta.finishedCompaction = job.revision;
    const tookMs = clock.nowMs() - job.startedMs;
    metrics.compactionKeys.inc(job.dropped);
    metrics.compactionTotalMs.observe(tookMs);
    metrics.compactionLast.set(Math.floor(clock.wallMs() / 1000));
    log.info("finished scheduled compaction", { "compact-revision": job.revision, took: `${tookMs.toFixed(1)}ms` });
    backend.commit().then(job.resolve, job.reject);
    if (!this.#stopped) this.#startNext();
  }
}
