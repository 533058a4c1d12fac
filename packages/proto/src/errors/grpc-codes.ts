// The status codes of gRPC, and the HTTP status the JSON gateway answers each of them with.
// Source: the gRPC specification; the gateway library of etcd 3.5 to 3.7 and, for 3.4, the recorded transcripts.

/** Status codes of gRPC. */
export const grpcCodes = {
  ok: 0,
  canceled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** A status code of gRPC. */
export type GrpcCode = (typeof grpcCodes)[keyof typeof grpcCodes];

/** The names Go prints: `rpc error: code = NotFound desc = …`; index is the code. */
export const grpcCodeNames = [
  "OK",
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
] as const;

const httpStatuses = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401] as const;

/** HTTP status of a gRPC code at the gateway of 3.7; a number that is no code answers 500. */
export function gatewayStatusOf(grpc: number): number {
  return httpStatuses[grpc] ?? 500;
}

/** The same at the gateway of 3.4, which differs in two codes. */
export function gatewayStatusOf34(grpc: number): number {
  if (grpc === grpcCodes.canceled) return 408;
  return grpc === grpcCodes.failedPrecondition ? 412 : gatewayStatusOf(grpc);
}
