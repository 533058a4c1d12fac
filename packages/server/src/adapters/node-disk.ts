/**
 * The `Disk` of a real machine, on `node:fs`. Names are made durable by syncing the directory that holds them.
 * Files and directories are for their owner only, as etcd's are.
 */
import * as fs from "node:fs/promises";
import {
  type DirectoryLock,
  type Disk,
  DiskError,
  type DiskFile,
  type DiskStat,
  diskErrorCodes,
  type OpenMode,
} from "../ports/index.ts";
import { nodeDiskError } from "./node-disk-error.ts";
import { NodeDiskFile } from "./node-disk-file.ts";

const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
const openFlags = { read: "r", write: "r+", create: "w+" } as const satisfies Record<OpenMode, string>;

/** How much of the disk's promise is kept. */
export interface NodeDiskOptions {
  /** False (`--unsafe-no-fsync`): every sync answers at once, and a crash of the machine loses what was acknowledged. */
  readonly syncs: boolean;
}

/** The machine's own disk. */
export class NodeDisk implements Disk {
  readonly #syncs: boolean;

  constructor({ syncs }: NodeDiskOptions = { syncs: true }) {
    this.#syncs = syncs;
  }

  async mkdir(path: string): Promise<void> {
    await attempt("mkdir", path, () => fs.mkdir(path, { recursive: true, mode: DIRECTORY_MODE }));
  }

  async readdir(path: string): Promise<string[]> {
    return (await attempt("readdir", path, () => fs.readdir(path))).sort();
  }

  async stat(path: string): Promise<DiskStat | undefined> {
    try {
      const found = await attempt("stat", path, () => fs.stat(path));
      return { kind: found.isDirectory() ? "directory" : "file", sizeBytes: found.size };
    } catch (error) {
      if (error instanceof DiskError && error.code === diskErrorCodes.notFound) return undefined;
      throw error;
    }
  }

  rename(from: string, to: string): Promise<void> {
    return attempt("rename", from, () => fs.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return attempt("remove", path, () => fs.rm(path, { recursive: true, force: true }));
  }

  syncDirectory(path: string): Promise<void> {
    if (!this.#syncs) return Promise.resolve();
    return attempt("syncdir", path, async () => {
      const directory = await fs.open(path, "r");
      try {
        await directory.sync();
      } finally {
        await directory.close();
      }
    });
  }

  async lockDirectory(path: string): Promise<DirectoryLock> {
    const name = `${path}/LOCK`;
    const mode = (await this.stat(name)) === undefined ? "create" : "write";
    const file = await this.open(name, mode);
    if (file.tryLock()) return { release: () => file.close() };
    await file.close();
    throw new DiskError(diskErrorCodes.locked, { operation: "lock", path: name });
  }

  async freeBytes(path: string): Promise<number> {
    const found = await attempt("statfs", path, () => fs.statfs(path));
    return found.bavail * found.bsize;
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    const handle = await attempt("open", path, () => fs.open(path, openFlags[mode], FILE_MODE));
    return new NodeDiskFile(handle, { path, syncs: this.#syncs });
  }
}

async function attempt<T>(operation: string, path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw nodeDiskError(error, { operation, path });
  }
}
