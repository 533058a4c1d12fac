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
export {
  EtcdError,
  type EtcdErrorCode,
  type EtcdErrorOptions,
  errorCodeOfText,
  etcdError,
  formatStatus,
  type GrpcCode,
  gatewayStatusOf,
  gatewayStatusOf34,
  grpcCodeNames,
  grpcCodes,
  type V2Error,
  type V2ErrorCode,
  v2Errors,
  type WireError,
  wireErrors,
} from "./errors/index.ts";
export * from "./generated/index.ts";
export {
  type InternalRequestField,
  type InternalRequestParts,
  type InternalRequestView,
  peekInternalRequest,
  withoutValue,
  wrapInternalRequest,
} from "./raw/index.ts";
