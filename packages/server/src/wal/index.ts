export { updateCrc32c } from "./crc32c.ts";
export type { SnapshotPoint } from "./log-collector.ts";
export { SnapshotFiles } from "./snapshot-files.ts";
export { type SyncMode, syncModes } from "./sync-policy.ts";
export type { OpenedWal, WalBatch, WalDeps, WalTuning } from "./wal.ts";
export { Wal } from "./wal.ts";
export { WalCorruptionError, WalFailedError } from "./wal-errors.ts";
