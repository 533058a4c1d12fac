/**
 * Raft snapshots as etcd keeps them beside the log: files `%016x-%016x.snap` (term, index), each a snappb.Snapshot
 * with the CRC-32C of the raftpb.Snapshot inside. A file is whole or absent: written under a temporary name, synced,
 * renamed, the directory synced. The log decides which of them count: one the log does not know was never finished.
 */
import { DecodeError, raftpb, snappb, type walpb } from "@etcd-ts/proto";
import { assert } from "../lib/assert.ts";
import type { Clock, Disk, DiskFile, Logger, Metrics } from "../ports/index.ts";
import { updateCrc32c } from "./crc32c.ts";
import { written } from "./segment.ts";
import { createSnapshotMetrics, type SnapshotFileMetrics } from "./wal-metrics.ts";

const pattern = /^[0-9a-f]{16}-[0-9a-f]{16}\.snap$/;
const leftoverPattern = /^[0-9a-f]{16}-[0-9a-f]{16}\.snap\.tmp$/;
/** Larger files are not read: raft snapshots of etcd hold the v2 tree, and 3.x ones almost nothing. */
const FILE_BYTES_MAX = 1024 * 1024 * 1024;

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
    const { term, index } = snapshot.metadata;
    assert(index > 0, "a snapshot covers at least one entry");
    const path = `${this.#dir}/${hex(term)}-${hex(index)}.snap`;
    await this.#writeWhole(`${path}.tmp`, this.#encode(snapshot));
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
   * cannot be read are renamed to `.broken`, leftovers of an interrupted `save` removed.
   */
  async loadNewest(known?: readonly walpb.Snapshot[]): Promise<raftpb.Snapshot | undefined> {
    await this.#removeLeftovers();
    for (const name of (await this.#names()).reverse()) {
      const snapshot = await this.#load(`${this.#dir}/${name}`);
      if (snapshot !== undefined && (known === undefined || isKnown(snapshot, known))) return snapshot;
    }
    return undefined;
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

  async #writeWhole(path: string, bytes: Uint8Array): Promise<void> {
    const { disk, clock } = this.#deps;
    const file = await disk.open(path, "create");
    try {
      await written(file, bytes);
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
    const read = decodeFile(await readWhole(disk, path));
    if (typeof read !== "string") return read;
    log.warn("failed to read a snap file", { path, error: read, "broken-path": `${path}.broken` });
    await disk.rename(path, `${path}.broken`);
    return undefined;
  }
}

function encodeFile(snapshot: raftpb.Snapshot): Uint8Array {
  const data = raftpb.Snapshot.encode(snapshot);
  return snappb.Snapshot.encode({ crc: updateCrc32c(0, data, 0, data.byteLength), data });
}

/** The snapshot in a file's bytes, or what is wrong with them. */
function decodeFile(bytes: Uint8Array): raftpb.Snapshot | string {
  try {
    const { crc, data } = snappb.Snapshot.decode(bytes);
    if (data.byteLength === 0 || crc === 0) return "empty snapshot";
    const computed = updateCrc32c(0, data, 0, data.byteLength);
    return computed === crc ? raftpb.Snapshot.decode(data) : `checksum ${crc}, computed ${computed}`;
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}

async function readWhole(disk: Disk, path: string): Promise<Uint8Array> {
  const file = await disk.open(path, "read");
  try {
    return await readAll(file);
  } finally {
    await file.close();
  }
}

async function readAll(file: DiskFile): Promise<Uint8Array> {
  const sizeBytes = await file.sizeBytes();
  if (sizeBytes > FILE_BYTES_MAX) return new Uint8Array(0);
  const bytes = new Uint8Array(sizeBytes);
  return bytes.subarray(0, await file.read(bytes, 0));
}

function isKnown(snapshot: raftpb.Snapshot, known: readonly walpb.Snapshot[]): boolean {
  const { index, term } = snapshot.metadata;
  return known.some((point) => point.index === index && point.term === term);
}

function hex(value: number): string {
  return value.toString(16).padStart(16, "0");
}
