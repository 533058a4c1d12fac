/**
 * Writes a raft snapshot every `snapshotCount` applied entries and lets go of the log before it. The state itself lives in
 * the store, so a snapshot is small: a position, a term and the membership, valid once the store is durable up to there.
 *
 * Order, each step durable before the next: store commit, `.snap` file, snapshot record in the log, release of old segments.
 * `snapshotCatchupEntries` entries before the snapshot stay in memory for followers that are a little behind.
 */
import { type ConfState, type MemoryStorage, noBytes } from "@etcd-ts/raft";
import type { Clock, Histogram, Logger } from "../ports/index.ts";
import type { SnapshotFiles, Wal } from "../wal/index.ts";
import type { CommitPacer } from "./commit-pacer.ts";

/** What making snapshots of the log needs. */
export interface SnapshotterParts {
  readonly raftLog: MemoryStorage;
  readonly wal: Pick<Wal, "saveSnapshot" | "release">;
  readonly files: Pick<SnapshotFiles, "save" | "prune">;
  readonly pacer: Pick<CommitPacer, "commit">;
  readonly clock: Clock;
  readonly durationSeconds: Histogram;
  readonly log: Logger;
  /** Whether a snapshot is on its way to another member, which will need the entries behind it. */
  isSending(): boolean;
  /** Puts the commit index into the log: a snapshot record beyond it would not count. */
  beforeSave(): void;
  onFatal(error: Error): void;
}

/** How often, and how much of the log stays. */
export interface SnapshotterOptions {
  readonly snapshotCount: number;
  readonly snapshotCatchupEntries: number;
  /** 0: all files are kept. */
  readonly maxSnapshots: number;
}

export class Snapshotter {
  readonly #parts: SnapshotterParts;
  readonly #options: SnapshotterOptions;
  #lastIndex: number;
  #running: Promise<void> | undefined;

  constructor(parts: SnapshotterParts, options: SnapshotterOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#lastIndex = parts.raftLog.firstIndex() - 1;
  }

  /** Tells how far entries are applied, and the membership there. */
  applied(index: number, confState: () => ConfState): void {
    if (this.#running !== undefined || index - this.#lastIndex < this.#options.snapshotCount) return;
    this.#running = this.#snapshot(index, confState()).finally(() => {
      this.#running = undefined;
    });
  }

  /** A snapshot of another member has taken the place of the log. */
  installed(index: number): void {
    this.#lastIndex = index;
  }

  /** Waits for a snapshot under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #snapshot(index: number, confState: ConfState): Promise<void> {
    const { clock, durationSeconds } = this.#parts;
    const startedMs = clock.nowMs();
    try {
      await this.#parts.pacer.commit();
      await this.#save(index, confState);
      durationSeconds.observe((clock.nowMs() - startedMs) / 1000);
      this.#lastIndex = index;
      this.#compactLog(index);
      if (this.#options.maxSnapshots > 0) await this.#parts.files.prune(this.#options.maxSnapshots);
    } catch (error) {
      this.#parts.onFatal(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #save(index: number, confState: ConfState): Promise<void> {
    const { raftLog, wal, files, log, beforeSave } = this.#parts;
    const snapshot = raftLog.createSnapshot(index, { confState, data: noBytes });
    if (typeof snapshot === "string") throw new Error(`snapshot at applied index ${index} failed: ${snapshot}`);
    await files.save(snapshot);
    beforeSave();
    await wal.saveSnapshot({ index, term: snapshot.metadata.term, confState });
    await wal.release(index);
    log.info("saved snapshot", { "snapshot-index": index });
  }

  #compactLog(index: number): void {
    const { raftLog, log } = this.#parts;
    const compactIndex = index - this.#options.snapshotCatchupEntries;
    if (compactIndex < raftLog.firstIndex() || this.#parts.isSending()) return;
    raftLog.compact(compactIndex);
    log.info("compacted Raft logs", { "compact-index": compactIndex });
  }
}
