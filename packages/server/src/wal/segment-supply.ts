/**
 * Makes the next segment's file while the current one fills: created, locked, preallocated and synced under a
 * temporary name, `0.tmp` and `1.tmp` by turns as etcd has it. A leftover of an earlier process is overwritten.
 * Whoever takes a file renames it before taking the next but one. At most one file waits.
 */
import { type Disk, DiskError, type DiskFile, diskErrorCodes } from "../ports/index.ts";
import type { Segment } from "./segment.ts";
import { formatSegmentName } from "./segment-name.ts";

/** A prepared file and the name it has for now. */
export interface SpareSegment {
  readonly file: DiskFile;
  readonly path: string;
}

/** Prepares segments in one directory. */
export class SegmentSupply {
  readonly #disk: Disk;
  readonly #dir: string;
  readonly #sizeBytes: number;
  #count = 0;
  #next: Promise<SpareSegment> | undefined;

  constructor(disk: Disk, options: { dir: string; sizeBytes: number }) {
    this.#disk = disk;
    this.#dir = options.dir;
    this.#sizeBytes = options.sizeBytes;
  }

  /** Begins to prepare a file unless one waits; a failure shows when it is taken. */
  prepare(): void {
    if (this.#next !== undefined) return;
    this.#next = this.#make();
    this.#next.catch(() => {});
  }

  /** The prepared file, now the caller's. Rejects with `DiskError`; the next call then tries anew. */
  async take(): Promise<SpareSegment> {
    this.prepare();
    const next = this.#next;
    this.#next = undefined;
    return (await next)!;
  }

  /** Gives a prepared file its place in the log, durably. */
  async publish(spare: SpareSegment, next: { sequence: number; firstIndex: number }): Promise<Segment> {
    const name = formatSegmentName(next.sequence, next.firstIndex);
    await this.#disk.rename(spare.path, `${this.#dir}/${name}`);
    await this.#disk.syncDirectory(this.#dir);
    return { file: spare.file, name: { name, ...next } };
  }

  /** Removes the file that waits. */
  async close(): Promise<void> {
    const spare = await this.#next?.catch(() => undefined);
    this.#next = undefined;
    if (spare === undefined) return;
    await spare.file.close();
    await this.#disk.remove(spare.path);
  }

  async #make(): Promise<SpareSegment> {
    const path = `${this.#dir}/${this.#count % 2}.tmp`;
    try {
      const file = await createSegmentFile(this.#disk, path, this.#sizeBytes);
      this.#count++;
      return { file, path };
    } catch (error) {
      // On a full disk what was made of it takes the space that the log and the store still need.
      await this.#disk.remove(path).catch(() => {});
      throw error;
    }
  }
}

/** A new, locked file of zeros whose contents and length are durable, its name not yet. */
export async function createSegmentFile(disk: Disk, path: string, sizeBytes: number): Promise<DiskFile> {
  const file = await disk.open(path, "create");
  try {
    lockSegment(file);
    await file.preallocate(sizeBytes);
    await file.sync();
    return file;
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
}

/** Takes the lock of a segment or throws `ELOCKED`: another process writes this log. */
export function lockSegment(file: DiskFile): void {
  if (!file.tryLock()) throw new DiskError(diskErrorCodes.locked, { operation: "lock", path: file.path });
}
