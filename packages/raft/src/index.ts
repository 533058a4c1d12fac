// The consensus core: one Raft group member as a pure, synchronous state machine. Start at raw-node.ts.
export {
  asConfChangeV2,
  type ConfChange,
  type ConfChangeSingle,
  ConfChangeTransition,
  ConfChangeType,
  type ConfChangeV2,
  decodeConfChange,
  decodeConfChangeV2,
  encodeConfChange,
  encodeConfChangeV2,
} from "./conf-change/index.ts";
export { type RaftConfig, type RaftLogger, type Random, ReadOnlyOption } from "./config.ts";
export type { ProposeResult } from "./core/index.ts";
export { RaftInvariantError } from "./invariant.ts";
export { type InitialState, MemoryStorage, type Storage, type StorageError } from "./log/index.ts";
export {
  appendThread,
  applyThread,
  isLocalType,
  isResponseType,
  isStorageThread,
  type Message,
  MessageType,
  newMessage,
} from "./message.ts";
export { type BootstrapPeer, RawNode, type StepResult } from "./raw-node.ts";
export type { Ready } from "./ready.ts";
export type { BasicStatus, ProgressStatus, Status } from "./status.ts";
export { ProgressState } from "./tracker/index.ts";
export {
  type ConfState,
  type Entry,
  EntryType,
  emptyConfState,
  type HardState,
  isEmptyHardState,
  noBytes,
  noNode,
  type ReadState,
  Role,
  type Snapshot,
  type SnapshotMetadata,
  type SoftState,
} from "./types.ts";
