/**
 * Files as a member sees them: every byte that must survive goes through this port, so that a simulation can cut the
 * power between any two operations. Rare operations are promises; the append path (`write`, `datasync` and their
 * blocking twins) is callbacks and direct calls, because a promise per batch would cost more than the batch.
 *
 * What is durable: file contents and length after `datasync` or `sync` of that file; names (create, rename, remove,
 * mkdir) after `syncDirectory` of the directory that holds them. Nothing else may be relied on after a power cut.
 * Paths are absolute or relative to the process, parts joined by `/`.
 */

/** The closed set of reasons a disk operation fails for; everything unexpected is `io`. */
export const diskErrorCodes = {
  /** No such file or directory. */
  notFound: "ENOENT",
  /** The name is taken already. */
  exists: "EEXIST",
  /** No space left, or a quota is used up. */
  noSpace: "ENOSPC",
  /** The operating system refuses access. */
  denied: "EACCES",
  /** Another open file holds the lock. */
  locked: "ELOCKED",
  /** The device failed, or anything not named above. */
  io: "EIO",
} as const;
export type DiskErrorCode = (typeof diskErrorCodes)[keyof typeof diskErrorCodes];

/** A failed disk operation: which one, on what, and why. The system's own error is the cause. */
export class DiskError extends Error {
  override readonly name = "DiskError";
  readonly code: DiskErrorCode;
  readonly operation: string;
  readonly path: string;

  constructor(code: DiskErrorCode, at: { operation: string; path: string; cause?: unknown }) {
    super(`${at.operation} ${at.path}: ${code}`, { cause: at.cause });
    this.code = code;
    this.operation = at.operation;
    this.path = at.path;
  }
}

/** What `Disk.stat` tells; other kinds of file (sockets, devices) count as files. */
export interface DiskStat {
  readonly kind: "file" | "directory";
  readonly sizeBytes: number;
}

/**
 * How `Disk.open` treats a missing or present file: `read` and `write` (reads too) need it to be there, `create`
 * makes an empty one, cutting a present one to nothing.
 */
export type OpenMode = "read" | "write" | "create";

/** Called once when an operation ended; may be called before the function that started it returns. */
export type DiskDone = (error?: DiskError) => void;

/** One open file. Positions and sizes are bytes from the start. Every method throws or reports a `DiskError`. */
export interface DiskFile {
  /** The path it was opened by; a rename does not change it. */
  readonly path: string;
  /**
   * Takes the exclusive lock of this file: false when another open file holds it, in this process or any other.
   * The system frees it when this file is closed or its process dies, however it dies.
   */
  tryLock(): boolean;
  sizeBytes(): Promise<number>;
  /** Fills `into` from `position` on; fewer bytes than asked only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes all chunks one after another in the background; they must not change until `done`. */
  write(chunks: readonly Uint8Array[], position: number, done: DiskDone): void;
  /** Writes all chunks one after another before it returns; for small writes, which only reach the system's cache. */
  writeNow(chunks: readonly Uint8Array[], position: number): void;
  /** Cuts or extends (with zeros) to exactly `sizeBytes`. */
  truncate(sizeBytes: number): Promise<void>;
  /** Extends to at least `sizeBytes` with zeros that have their space, so that later writes there cannot lack it. */
  preallocate(sizeBytes: number): Promise<void>;
  /** Makes contents and length durable, in the background. After a failure the unsynced contents are unknown. */
  datasync(done: DiskDone): void;
  /** The same before it returns: faster where a sync takes microseconds, and it blocks everything else meanwhile. */
  datasyncNow(): void;
  /** Makes contents, length and the file's other attributes durable. */
  sync(): Promise<void>;
  /** Gives the file and its lock back. Closing twice does nothing. */
  close(): Promise<void>;
}

/** A held lock of a directory; see `Disk.lockDirectory`. */
export interface DirectoryLock {
  release(): Promise<void>;
}

/** The disk of one machine. */
export interface Disk {
  /** Creates the directory and missing parents; present ones are fine. */
  mkdir(path: string): Promise<void>;
  /** Names in a directory, sorted by code unit. */
  readdir(path: string): Promise<string[]>;
  /** Undefined when nothing has that name. */
  stat(path: string): Promise<DiskStat | undefined>;
  /** Renames a file or directory atomically, replacing a file of the new name. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a directory with all that is in it; a missing one is fine. */
  remove(path: string): Promise<void>;
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): Promise<void>;
  /**
   * Claims a directory for this process by locking the file `LOCK` in it (created when missing, never removed).
   * Rejects with `ELOCKED` when anyone else has it; ends with `release` or with the process, however it dies.
   */
  lockDirectory(path: string): Promise<DirectoryLock>;
  /** Bytes an ordinary process may still write on the file system that holds `path`. */
  freeBytes(path: string): Promise<number>;
  open(path: string, mode: OpenMode): Promise<DiskFile>;
}
