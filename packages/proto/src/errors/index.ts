// The error table and what is made of it.
export { type EtcdErrorCode, type WireError, wireErrors } from "./error-table.ts";
export { EtcdError, type EtcdErrorOptions, errorCodeOfText, etcdError, formatStatus } from "./etcd-error.ts";
export { type GrpcCode, gatewayStatusOf, gatewayStatusOf34, grpcCodeNames, grpcCodes } from "./grpc-codes.ts";
export { type V2Error, type V2ErrorCode, v2Errors } from "./v2-error-table.ts";
