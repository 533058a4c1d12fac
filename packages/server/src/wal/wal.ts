/**
 * The write-ahead log: what raft must not forget (entries, hard state, where snapshots are) in etcd's own format, in
 * segments of 64 MB. README.md beside this file draws it. One `Wal` owns its directory: it holds the lock of every
 * segment, and etcd's own server refuses to start on a log that is in use here, and the other way round.
 *
 * Acknowledged means durable (for batches that ask for it). After any failed write or sync every append fails with
 * `WalFailedError`; the member must stop, and finds out at its next start what the disk holds.
 */
import type { raftpb, walpb } from "@etcd-ts/proto";
import { assert } from "../lib/assert.ts";
import { type Clock, type Disk, DiskError, diskErrorCodes, type Logger, type Metrics } from "../ports/index.ts";
import { LogCollector, SnapshotCollector, type SnapshotPoint } from "./log-collector.ts";
import { LogWriter } from "./log-writer.ts";
import { RecordEncoder } from "./record-encoder.ts";
import { RecordReader, type SegmentEnd } from "./record-reader.ts";
import { encodeSegmentHead, type Segment, written } from "./segment.ts";
import { formatSegmentName, listSegments, parseSegmentName, type SegmentName, segmentsFrom } from "./segment-name.ts";
import { createSegmentFile, lockSegment } from "./segment-supply.ts";
import type { SyncMode } from "./sync-policy.ts";
import { createWalMetrics } from "./wal-metrics.ts";
import { makeWritable } from "./wal-repair.ts";

/** etcd's size of a segment; it may be passed by the batch that fills it. */
const SEGMENT_SIZE_BYTES = 64_000_000;
/** etcd's default of `--max-wals`. */
const SEGMENTS_KEPT = 5;

const emptyState: raftpb.HardState = { term: 0, vote: 0n, commit: 0 };

/** What a log works with. */
export interface WalDeps {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** How a log is written; the same log may be opened with other values each time. */
export interface WalTuning {
  /** Default 64 MB (of 1000s, as in etcd). */
  readonly segmentSizeBytes?: number;
  /** Default `adaptive`; simulations take `pool`, so that a slow sync takes simulated time. */
  readonly syncMode?: SyncMode;
  /** `release` leaves this many segments, needed or not (`--max-wals`, default 5). */
  readonly segmentsKept?: number;
}

/** What raft makes durable together. */
export interface WalBatch {
  readonly hardState?: raftpb.HardState | undefined;
  /** Consecutive; may begin anywhere up to one behind the last index. */
  readonly entries: readonly raftpb.Entry[];
  /** Acknowledge only when durable; false for a mere change of the commit index. */
  readonly mustSync: boolean;
  /** Hand it to the system now, synced or not: then it survives the end of the process. */
  readonly mustWrite?: boolean;
}

/** A log opened for writing on, and what was in it. */
export interface OpenedWal {
  readonly wal: Wal;
  readonly metadata: Uint8Array;
  readonly hardState: raftpb.HardState;
  /** Behind the snapshot that was asked for. Their data are views into pieces of 1 MiB of the files. */
  readonly entries: raftpb.Entry[];
}

/** An open log. */
export class Wal {
  readonly #deps: WalDeps;
  readonly #dir: string;
  readonly #writer: LogWriter;
  readonly #segmentsKept: number;
  /** Ends when the last release did. */
  #released: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  private constructor(deps: WalDeps, options: { dir: string; writer: LogWriter; segmentsKept: number }) {
    this.#deps = deps;
    this.#dir = options.dir;
    this.#writer = options.writer;
    this.#segmentsKept = options.segmentsKept;
  }

  /** Whether the directory holds segments. */
  static async exists(disk: Disk, dir: string): Promise<boolean> {
    return (await listSegments(disk, dir)).length > 0;
  }

  /**
   * Makes a new log, all or nothing: it is built beside `dir` and renamed. `metadata` (an etcdserverpb.Metadata) opens
   * every segment. Rejects with `EEXIST` when there is a log already.
   */
  static async create(deps: WalDeps, options: { dir: string; metadata: Uint8Array } & WalTuning): Promise<Wal> {
    const { disk } = deps;
    const { dir, metadata } = options;
    if (await Wal.exists(disk, dir)) throw new DiskError(diskErrorCodes.exists, { operation: "create", path: dir });
    const building = `${dir}.tmp`;
    await disk.remove(building);
    await disk.mkdir(building);
    const name = parseSegmentName(formatSegmentName(0, 0))!;
    const sizeBytes = options.segmentSizeBytes ?? SEGMENT_SIZE_BYTES;
    const file = await createSegmentFile(disk, `${building}/${name.name}`, sizeBytes);
    const encoder = new RecordEncoder(0);
    encodeSegmentHead(encoder, { metadata, hardState: emptyState });
    encoder.snapshot({ index: 0, term: 0, confState: undefined });
    await written(file, encoder.bytes());
    await file.sync();
    await disk.syncDirectory(building);
    await disk.remove(dir);
    await disk.rename(building, dir);
    await disk.syncDirectory(parentOf(dir));
    const start = { segments: [{ file, name }], offset: encoder.length, crc: encoder.crc };
    return Wal.#writing(deps, options, { ...start, metadata, hardState: emptyState, lastIndex: 0 });
  }

  /**
   * Reads the log from a snapshot on (default: from the beginning), repairs a torn end, and goes on writing behind it.
   * Rejects with `WalCorruptionError` when it cannot be trusted, `ELOCKED` when another process writes it.
   */
  static async open(deps: WalDeps, options: { dir: string; snapshot?: SnapshotPoint } & WalTuning): Promise<OpenedWal> {
    const { dir, snapshot = { index: 0, term: 0 } } = options;
    const names = segmentsFrom(await listSegments(deps.disk, dir), dir, snapshot.index);
    const segments = await openSegments(deps.disk, dir, names);
    try {
      const collector = new LogCollector(snapshot);
      const reader = new RecordReader((type, data, at) => collector.visit(type, data, at));
      const end = await readSegments(reader, segments);
      collector.assertComplete(dir);
      const segmentSizeBytes = options.segmentSizeBytes ?? SEGMENT_SIZE_BYTES;
      await makeWritable(deps, { file: segments.at(-1)!.file, dir, end, segmentSizeBytes });
      const { hardState, entries, lastIndex } = collector;
      const metadata = collector.metadata!;
      const start = { segments, offset: end.offset, crc: reader.crc, metadata, hardState, lastIndex };
      return { wal: Wal.#writing(deps, options, start), metadata, hardState, entries };
    } catch (error) {
      await closeAll(segments);
      throw error;
    }
  }

  /**
   * The snapshots recorded in the log that raft may start from, oldest first: their index was committed. Reads all
   * segments and changes nothing, not even a torn end.
   */
  static async validSnapshots(deps: Pick<WalDeps, "disk">, options: { dir: string }): Promise<walpb.Snapshot[]> {
    const { dir } = options;
    const collector = new SnapshotCollector();
    const reader = new RecordReader((type, data, at) => collector.visit(type, data, at));
    const names = unbroken(await listSegments(deps.disk, dir));
    for (const [i, { name }] of names.entries()) {
      const file = await deps.disk.open(`${dir}/${name}`, "read");
      try {
        await reader.readSegment(file, { isLast: i === names.length - 1 });
      } finally {
        await file.close();
      }
    }
    return collector.valid();
  }

  static #writing(
    deps: WalDeps,
    options: { dir: string } & WalTuning,
    start: {
      segments: Segment[];
      offset: number;
      crc: number;
      metadata: Uint8Array;
      hardState: raftpb.HardState;
      lastIndex: number;
    },
  ): Wal {
    const { dir, segmentSizeBytes = SEGMENT_SIZE_BYTES, syncMode = "adaptive" } = options;
    const metrics = createWalMetrics(deps.metrics);
    const writer = new LogWriter({ ...deps, metrics }, { ...start, dir, segmentSizeBytes, syncMode });
    return new Wal(deps, { dir, writer, segmentsKept: options.segmentsKept ?? SEGMENTS_KEPT });
  }

  /**
   * Appends a batch behind all that was appended before. `done` is called once, perhaps before this returns: without
   * an error when the batch is durable (with `mustSync`) or ordered before all that will be. The batch must not change
   * until then.
   */
  append(batch: WalBatch, done: (error?: Error) => void): void {
    assert(this.#closed === undefined, "append to a closed log");
    this.#writer.submit({ ...batch, done });
  }

  /** Records a snapshot and makes the record durable. `confState` must be there, except for index 0. */
  saveSnapshot(snapshot: walpb.Snapshot): Promise<void> {
    assert(this.#closed === undefined, "append to a closed log");
    assert(snapshot.confState !== undefined || snapshot.index === 0, "a snapshot is recorded with its members");
    return new Promise((resolve, reject) => {
      const done = (error?: Error): void => (error === undefined ? resolve() : reject(error));
      this.#writer.submit({ entries: [], snapshot, mustSync: true, done });
    });
  }

  /**
   * Says that nothing before the snapshot at `index` will be read again: removes segments that hold only what lies
   * before it, oldest first, and keeps `segmentsKept` in any case.
   */
  release(index: number): Promise<void> {
    assert(this.#closed === undefined, "release in a closed log");
    const previous = this.#released;
    const next = previous.catch(() => {}).then(() => this.#removeBefore(index));
    this.#released = next;
    return next;
  }

  /** Waits for what was appended, writes the rest, and gives the files back. Closing twice is closing once. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#released.catch(() => {});
    try {
      await this.#writer.close();
    } finally {
      await closeAll(this.#writer.segments);
    }
  }

  async #removeBefore(index: number): Promise<void> {
    const { disk, log } = this.#deps;
    const { segments } = this.#writer;
    const firstNeeded = segments.findLastIndex(({ name }) => name.firstIndex <= index);
    // Segments before those this process opened are on disk too, and count.
    const present = (await listSegments(disk, this.#dir)).filter(
      ({ sequence }) => sequence <= sequenceOfTail(segments),
    );
    const neededSequence = segments[Math.max(firstNeeded, 0)]!.name.sequence;
    const spare = present.slice(0, Math.max(0, present.length - this.#segmentsKept));
    const removable = spare.filter(({ sequence }) => sequence < neededSequence);
    for (const { name, sequence } of removable) {
      if (segments[0]!.name.sequence === sequence) await segments.shift()!.file.close();
      await disk.remove(`${this.#dir}/${name}`);
      log.info("removed a WAL segment", { path: `${this.#dir}/${name}` });
    }
    if (removable.length > 0) await disk.syncDirectory(this.#dir);
  }
}

function sequenceOfTail(segments: readonly Segment[]): number {
  return segments.at(-1)!.name.sequence;
}

async function openSegments(disk: Disk, dir: string, names: readonly SegmentName[]): Promise<Segment[]> {
  const segments: Segment[] = [];
  try {
    for (const name of names) {
      const file = await disk.open(`${dir}/${name.name}`, "write");
      segments.push({ file, name });
      lockSegment(file);
    }
    return segments;
  } catch (error) {
    await closeAll(segments);
    throw error;
  }
}

async function readSegments(reader: RecordReader, segments: readonly Segment[]): Promise<SegmentEnd> {
  let end: SegmentEnd = { offset: 0, torn: false };
  for (const [i, { file }] of segments.entries()) {
    end = await reader.readSegment(file, { isLast: i === segments.length - 1 });
  }
  return end;
}

/** The segments behind the last gap in the sequence: older ones were being removed. */
function unbroken(names: readonly SegmentName[]): readonly SegmentName[] {
  const gap = names.findLastIndex((name, i) => i > 0 && name.sequence !== names[i - 1]!.sequence + 1);
  return gap < 0 ? names : names.slice(gap);
}

async function closeAll(segments: readonly Segment[]): Promise<void> {
  for (const { file } of segments) await file.close();
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash) || "/";
}
