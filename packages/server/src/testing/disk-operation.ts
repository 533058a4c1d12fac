/**
 * What the fake disk tells its hooks about an operation, what they may answer, and how direct operations end when the
 * power is off.
 */
import type { DiskErrorCode } from "../ports/index.ts";

/** One operation that changes the disk, as the fault and delay hooks see it. */
export interface DiskOperation {
  readonly kind: "mkdir" | "rename" | "remove" | "syncdir" | "create" | "open" | "lock" | "close" | ContentsKind;
  readonly path: string;
  /** For a write: where and how much. */
  readonly range?: { readonly position: number; readonly sizeBytes: number };
}
type ContentsKind = "write" | "truncate" | "preallocate" | "datasync" | "sync";

/** What goes wrong: an error, or for a sync the lie of a disk that reports success and did nothing. */
export type DiskFault = DiskErrorCode | "skip";

/** Thrown by direct operations of a disk whose power is off. */
export class PowerCutError extends Error {
  override readonly name = "PowerCutError";
}
