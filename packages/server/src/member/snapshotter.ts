/**
 * Writes a raft snapshot every `snapshotCount` applied entries, less often where the v2 tree is large, and lets go of the log before
 * it. The state itself lives in the store, which is what a member starts from; the `.snap` file holds a position, a term, the
 * membership, and the v2 tree as it was there, because tools of etcd 2 and 3 look for it there.
 *
 * Order, each step durable before the next: store commit, `.snap` file, snapshot record in the log, release of old segments.
 * `snapshotCatchupEntries` entries before the snapshot stay in memory for followers that are a little behind.
 */
import { type ConfState, type MemoryStorage, noBytes, type Snapshot } from "@etcd-ts/raft";
import type { Clock, Histogram, Logger } from "../ports/index.ts";
import type { SnapshotFiles, Wal } from "../wal/index.ts";
import type { StateReader, StateReading } from "./state-reader.ts";

/** What making snapshots of the log needs. */
export interface SnapshotterParts {
  readonly raftLog: MemoryStorage;
  readonly wal: Pick<Wal, "saveSnapshot" | "release">;
  readonly files: Pick<SnapshotFiles, "saveStream" | "prune">;
  readonly reader: Pick<StateReader, "open" | "committed">;
  readonly clock: Clock;
  readonly durationSeconds: Histogram;
  readonly log: Logger;
  /** Index of the last entry that the store holds: ahead of what is applied while a start goes over the log again. */
  storeIndex(): number;
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

/** Longer trees are left out: nothing of ours could read them again. */
export const treeBytesMax: number = 512 * 1024 * 1024;

/** After a tree, no other is written for this many times as long as it took: what it costs stays below a twentieth. */
const treeRest = 20;
/** The log does not grow beyond so many times `snapshotCount` for that. */
const waitFactorMax = 10;

type Metadata = Snapshot["metadata"];

/** Why writing a file was given up. */
class GivenUpError extends Error {
  override readonly name = "GivenUpError";
}
class TooLargeError extends Error {
  override readonly name = "TooLargeError";
}

export class Snapshotter {
  readonly #parts: SnapshotterParts;
  readonly #options: SnapshotterOptions;
  #lastIndex: number;
  #running: Promise<void> | undefined;
  #isGivenUp = false;
  #restUntilMs = Number.NEGATIVE_INFINITY;

  constructor(parts: SnapshotterParts, options: SnapshotterOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#lastIndex = parts.raftLog.firstIndex() - 1;
  }

  /** Tells how far entries are applied, and the membership there. */
  applied(index: number, confState: () => ConfState): void {
    if (this.#running !== undefined || !this.#isDue(index - this.#lastIndex)) return;
    if (index < this.#parts.storeIndex()) return;
    const known = confState();
    this.#run(() => this.#snapshot(known));
  }

  #isDue(entries: number): boolean {
    const { snapshotCount } = this.#options;
    if (entries < snapshotCount) return false;
    return entries >= snapshotCount * waitFactorMax || this.#parts.clock.nowMs() >= this.#restUntilMs;
  }

  /** A snapshot of another member has taken the place of the log, and of the store: its file gets the tree now. */
  installed(index: number, confState: ConfState): void {
    this.#lastIndex = index;
    const reading = this.#parts.reader.committed();
    const before = this.#running;
    this.#run(async () => {
      await before;
      await this.#saveFile(reading, { index, term: reading.term, confState });
    });
  }

  /** Waits for a snapshot under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Ends a snapshot that is not far yet, and waits for its end: its file is left out, and the log stays as it is. */
  async giveUp(): Promise<void> {
    this.#isGivenUp = true;
    await this.#running;
    this.#isGivenUp = false;
  }

  #run(work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        if (!(error instanceof GivenUpError)) this.#parts.onFatal(asError(error));
      })
      .finally(() => {
        if (this.#running === running) this.#running = undefined;
      });
    this.#running = running;
  }

  async #snapshot(known: ConfState): Promise<void> {
    const { clock, durationSeconds, reader, files, raftLog } = this.#parts;
    const startedMs = clock.nowMs();
    const reading = await reader.open();
    const { index } = reading;
    const term = raftLog.term(index);
    if (typeof term !== "number") throw new Error(`snapshot at applied index ${index} failed: ${term}`);
    const metadata = { index, term, confState: reading.confState ?? known };
    await this.#saveFile(reading, metadata);
    await this.#record(metadata);
    durationSeconds.observe((clock.nowMs() - startedMs) / 1000);
    this.#lastIndex = index;
    this.#compactLog(index);
    if (this.#options.maxSnapshots > 0) await files.prune(this.#options.maxSnapshots);
  }

  /** Writes the file and closes the reading. */
  async #saveFile(reading: StateReading, metadata: Metadata): Promise<void> {
    const { files, log } = this.#parts;
    const checkWanted = () => {
      if (this.#isGivenUp) throw new GivenUpError("the snapshot is not wanted any more");
    };
    try {
      await files.saveStream(metadata, bounded(reading.tree(checkWanted)));
    } catch (error) {
      if (!(error instanceof TooLargeError)) throw error;
      const found = { "snapshot-index": metadata.index, "max-size-bytes": treeBytesMax };
      log.warn("left the v2 tree out of a snapshot file: it is too large", found);
      await files.saveStream(metadata, nothing());
    } finally {
      this.#restUntilMs = this.#parts.clock.nowMs() + reading.workedMs * treeRest;
      reading.close();
    }
  }

  async #record(metadata: Metadata): Promise<void> {
    const { raftLog, wal, log, beforeSave } = this.#parts;
    const { index, confState } = metadata;
    const snapshot = raftLog.createSnapshot(index, { confState, data: noBytes });
    if (typeof snapshot === "string") throw new Error(`snapshot at applied index ${index} failed: ${snapshot}`);
    beforeSave();
    await wal.saveSnapshot(metadata);
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

async function* bounded(tree: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of tree) {
    size += piece.length;
    if (size > treeBytesMax) throw new TooLargeError(`a tree of more than ${treeBytesMax} bytes`);
    yield piece;
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
