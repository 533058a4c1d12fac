// The replicated log of one node.
export { MemoryStorage } from "./memory-storage.ts";
export { type AppendRequest, type LogPosition, RaftLog } from "./raft-log.ts";
export type { InitialState, Storage, StorageError } from "./storage.ts";
