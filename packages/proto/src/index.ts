// @etcd-ts/proto: every message and service of etcd's API, and the one table of its errors. Imports nothing.
//
// Each protobuf package is a namespace (`raftpb.Entry`, `walpb.Record`); the two that everybody needs, etcdserverpb and mvccpb,
// are exported flat as well (`PutRequest`, `KeyValue`). A name is the interface and its codec at once.
export {
  DecodeError,
  type DecodeLimits,
  depthMax,
  EMPTY_BYTES,
  type FieldInfo,
  type FieldType,
  type Integer64,
  type MessageType,
  type MethodInfo,
  type Presence,
} from "./codec/index.ts";
export * as authpb from "./generated/authpb.ts";
export * as etcdserverpb from "./generated/etcdserverpb.ts";
export * from "./generated/flat.ts";
export * as healthpb from "./generated/healthpb.ts";
export * as leasepb from "./generated/leasepb.ts";
export * as membershippb from "./generated/membershippb.ts";
export { messageTypes } from "./generated/message-types.ts";
export * as mvccpb from "./generated/mvccpb.ts";
export * as raftpb from "./generated/raftpb.ts";
export { services } from "./generated/services.ts";
export * as snappb from "./generated/snappb.ts";
export * as v3electionpb from "./generated/v3electionpb.ts";
export * as v3lockpb from "./generated/v3lockpb.ts";
export * as walpb from "./generated/walpb.ts";
