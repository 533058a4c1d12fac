/**
 * Raft snapshots as etcd keeps them beside the log: files `%016x-%016x.snap` (term, index), each a snappb.Snapshot
 * with the CRC-32C of the raftpb.Snapshot inside, whose data is the v2 tree and is never held in memory whole. A file is whole or absent: written under a temporary name, synced,
 * renamed, the directory synced. The log decides which of them count: one the log does not know was never finished.
 */
import { raftpb, snappb, type walpb } from "@etcd-ts/proto";
import { assert } from "../lib/assert.ts";
import type { Clock, Disk, DiskFile, Logger, Metrics } from "../ports/index.ts";
import { updateCrc32c } from "./crc32c.ts";
import { written } from "./segment.ts";
import { checkSnapshotFile, readPart, writeSnapshotFile } from "./snapshot-file-format.ts";
import { createSnapshotMetrics, type SnapshotFileMetrics } from "./wal-metrics.ts";

const pattern = /^[0-9a-f]{16}-[0-9a-f]{16}\.snap$/;
const leftoverPattern = /^[0-9a-f]{16}-[0-9a-f]{16}\.snap\.tmp$/;
const noData: Uint8Array = new Uint8Array(0);
/** Larger data is not read: no text of JavaScript is longer. */
const dataBytesMax = 512 * 1024 * 1024;

/** What snapshot files work with. */
export interface SnapshotFilesDeps {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** The snapshot files in one directory, which the caller has made. */
export class SnapshotFiles {
  readonly #deps: SnapshotFilesDeps;
  readonly #dir: string;
  readonly #metrics: SnapshotFileMetrics;

  constructor(deps: SnapshotFilesDeps, options: { dir: string }) {
    this.#deps = deps;
    this.#dir = options.dir;
    this.#metrics = createSnapshotMetrics(deps.metrics);
  }

  /** Writes a snapshot, durably. On `DiskError` nothing of it is left under its name. */
  async save(snapshot: raftpb.Snapshot): Promise<void> {
    await this.#saveAs(snapshot.metadata, (file) => written(file, this.#encode(snapshot)));
  }

  /** Writes a snapshot whose data comes in pieces. What the data throws is passed on, and nothing is left then either. */
  async saveStream(metadata: raftpb.SnapshotMetadata, data: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#saveAs(metadata, (file) => writeSnapshotFile(file, metadata, data));
  }

  async #saveAs({ term, index }: raftpb.SnapshotMetadata, write: (file: DiskFile) => Promise<void>): Promise<void> {
    assert(index > 0, "a snapshot covers at least one entry");
    const path = this.#pathOf({ term, index });
    await this.#writeWhole(`${path}.tmp`, write);
    await this.#deps.disk.rename(`${path}.tmp`, path);
    await this.#deps.disk.syncDirectory(this.#dir);
  }

  #encode(snapshot: raftpb.Snapshot): Uint8Array {
    const { clock } = this.#deps;
    const startMs = clock.nowMs();
    const bytes = encodeFile(snapshot);
    this.#metrics.marshalSeconds.observe((clock.nowMs() - startMs) / 1000);
    return bytes;
  }

  /**
   * The newest snapshot that is readable and, where it is told which, known to the log; undefined when there is none. Files that
   * cannot be read are renamed to `.broken`, leftovers of an interrupted `save` removed. The data is left out; see `readData`.
   */
  async loadNewest(known?: readonly walpb.Snapshot[]): Promise<raftpb.Snapshot | undefined> {
    await this.#removeLeftovers();
    for (const name of (await this.#names()).reverse()) {
      const snapshot = await this.#load(`${this.#dir}/${name}`);
      if (snapshot !== undefined && (known === undefined || isKnown(snapshot, known))) return snapshot;
    }
    return undefined;
  }

  /** The data of a snapshot that `loadNewest` gave; rejects when it is too long. */
  async readData({ metadata }: raftpb.Snapshot): Promise<Uint8Array> {
    const path = this.#pathOf(metadata);
    return reading(this.#deps.disk, path, async (file) => {
      const found = await checkSnapshotFile(file);
      if (typeof found === "string") throw new Error(`${path}: ${found}`);
      const { dataStart, dataEnd } = found;
      if (dataEnd - dataStart > dataBytesMax)
        throw new Error(`${path}: ${dataEnd - dataStart} bytes of data are too many`);
      return readPart(file, dataStart, dataEnd);
    });
  }

  /** Removes all but the newest `keep` files. */
  async prune(keep: number): Promise<void> {
    assert(keep >= 1, "the newest snapshot file is always kept");
    const { disk, log } = this.#deps;
    const old = (await this.#names()).slice(0, -keep);
    for (const name of old) {
      await disk.remove(`${this.#dir}/${name}`);
      log.info("removed a snapshot file", { path: `${this.#dir}/${name}` });
    }
    if (old.length > 0) await disk.syncDirectory(this.#dir);
  }

  /** Oldest first: names sort by term, then index. */
  async #names(): Promise<string[]> {
    return (await this.#deps.disk.readdir(this.#dir)).filter((name) => pattern.test(name));
  }

  async #removeLeftovers(): Promise<void> {
    const { disk } = this.#deps;
    for (const name of await disk.readdir(this.#dir)) {
      if (leftoverPattern.test(name)) await disk.remove(`${this.#dir}/${name}`);
    }
  }

  #pathOf({ term, index }: Pick<raftpb.SnapshotMetadata, "term" | "index">): string {
    return `${this.#dir}/${hex(term)}-${hex(index)}.snap`;
  }

  async #writeWhole(path: string, write: (file: DiskFile) => Promise<void>): Promise<void> {
    const { disk, clock } = this.#deps;
    const file = await disk.open(path, "create");
    try {
      await write(file);
      const startMs = clock.nowMs();
      await file.sync();
      this.#metrics.fsyncSeconds.observe((clock.nowMs() - startMs) / 1000);
      await file.close();
    } catch (error) {
      await file.close().catch(() => {});
      await disk.remove(path).catch(() => {});
      throw error;
    }
  }

  async #load(path: string): Promise<raftpb.Snapshot | undefined> {
    const { disk, log } = this.#deps;
    const read = await reading(disk, path, checkSnapshotFile);
    if (typeof read !== "string") return { metadata: read.metadata, data: noData };
    log.warn("failed to read a snap file", { path, error: read, "broken-path": `${path}.broken` });
    await disk.rename(path, `${path}.broken`);
    return undefined;
  }
}

function encodeFile(snapshot: raftpb.Snapshot): Uint8Array {
  const data = raftpb.Snapshot.encode(snapshot);
  return snappb.Snapshot.encode({ crc: updateCrc32c(0, data, 0, data.byteLength), data });
}

async function reading<T>(disk: Disk, path: string, read: (file: DiskFile) => Promise<T>): Promise<T> {
  const file = await disk.open(path, "read");
  try {
    return await read(file);
  } finally {
    await file.close();
  }
}

function isKnown(snapshot: raftpb.Snapshot, known: readonly walpb.Snapshot[]): boolean {
  const { index, term } = snapshot.metadata;
  return known.some((point) => point.index === index && point.term === term);
}

function hex(value: number): string {
  return value.toString(16).padStart(16, "0");
}
