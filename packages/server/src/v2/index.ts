export { v2Methods } from "./apply-request.ts";
export { V2SnapshotError } from "./etcd-snapshot.ts";
export type { Mismatch, V2Action, V2Event, V2Failure, V2Result } from "./event.ts";
export { isCreated, v2Actions } from "./event.ts";
export type { WatchRules } from "./event-history.ts";
export type { NodeForm } from "./event-json.ts";
export { formatEvent, formatNode } from "./event-json.ts";
export { formatTime, zeroTimeNs } from "./go-time.ts";
export type { RecordedMember } from "./member-records.ts";
export {
  clusterConfigPath,
  machinesPath,
  recordAddedMember,
  recordAttributes,
  recordClusterVersion,
  recordMachine,
  recordMachineGone,
  recordRemovedMember,
  recordUpdatedMember,
} from "./member-records.ts";
export type { NodeView } from "./node.ts";
export { cleanPath, nameOf, namespaces, parentPath } from "./paths.ts";
export { isReadAlike } from "./read-alike.ts";
export type { V2Stats } from "./stats.ts";
export { storedKeysPieces, storedSnapshotPieces, type TreeView } from "./stored-tree.ts";
export { V2CorruptError } from "./v2-bucket.ts";
export { type CountedV2, declareV2Metrics } from "./v2-metrics.ts";
export type { ReadOptions } from "./v2-store.ts";
export { nanosOf, UnknownV2MethodError, V2Store } from "./v2-store.ts";
export type { V2Watcher, WatchOptions } from "./watch-hub.ts";
