/**
 * How a log says that it cannot go on. Both are for good: a corrupt log needs an operator (or a new member), a failed
 * one needs a restart, because after a failed write or sync nobody knows what the disk holds.
 */

/** Bytes on disk contradict the format, each other, or what raft must have written. Nothing was changed on disk. */
export class WalCorruptionError extends Error {
  override readonly name = "WalCorruptionError";
  readonly file: string;
  /** Where in the file the record in question begins. */
  readonly offset: number;
  readonly expected: string;
  readonly found: string;

  constructor(at: { file: string; offset: number; expected: string; found: string; cause?: unknown }) {
    super(`${at.file} at ${at.offset}: expected ${at.expected}, found ${at.found}`, { cause: at.cause });
    this.file = at.file;
    this.offset = at.offset;
    this.expected = at.expected;
    this.found = at.found;
  }
}

/** A write or sync failed (the cause); this and every later append is refused, and none of them was acknowledged. */
export class WalFailedError extends Error {
  override readonly name = "WalFailedError";

  constructor(cause: unknown) {
    super("the write-ahead log has failed and accepts nothing more", { cause });
  }
}
