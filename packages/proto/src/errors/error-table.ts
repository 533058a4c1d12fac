// The one table of error texts. Clients of every language compare these texts, so each is exact to the byte, and a golden file
// guards them. The gRPC code is the one a client sees on the wire.
//
// Two rows differ from the codes etcd declares for them: its server loses the status on the way and sends Unknown for
// `memberNotEnoughStarted` (recorded) and `requestTooManyRequests`. Lock and Election lose the status of every error: there,
// send `etcdError(code, { grpc: grpcCodes.unknown })`.
import { type GrpcCode, gatewayStatusOf, grpcCodes } from "./grpc-codes.ts";

/** One error: the code and text of its gRPC status, and its HTTP status at the JSON gateway of 3.7. */
export interface WireError {
  readonly grpc: GrpcCode;
  readonly http: number;
  readonly text: string;
}

function row(grpc: GrpcCode, text: string): WireError {
  return { grpc, http: gatewayStatusOf(grpc), text };
}

/** Every error by its key. */
export const wireErrors = {
  // Statuses of the v3 API.
  emptyKey: row(grpcCodes.invalidArgument, "etcdserver: key is not provided"),
  keyNotFound: row(grpcCodes.invalidArgument, "etcdserver: key not found"),
  valueProvided: row(grpcCodes.invalidArgument, "etcdserver: value is provided"),
  leaseProvided: row(grpcCodes.invalidArgument, "etcdserver: lease is provided"),
  tooManyOps: row(grpcCodes.invalidArgument, "etcdserver: too many operations in txn request"),
  duplicateKey: row(grpcCodes.invalidArgument, "etcdserver: duplicate key given in txn request"),
  invalidClientApiVersion: row(grpcCodes.invalidArgument, "etcdserver: invalid client api version"),
  invalidSortOption: row(grpcCodes.invalidArgument, "etcdserver: invalid sort option"),
  compacted: row(grpcCodes.outOfRange, "etcdserver: mvcc: required revision has been compacted"),
  futureRevision: row(grpcCodes.outOfRange, "etcdserver: mvcc: required revision is a future revision"),
  noSpace: row(grpcCodes.resourceExhausted, "etcdserver: mvcc: database space exceeded"),

  leaseNotFound: row(grpcCodes.notFound, "etcdserver: requested lease not found"),
  leaseExist: row(grpcCodes.failedPrecondition, "etcdserver: lease already exists"),
  leaseTtlTooLarge: row(grpcCodes.outOfRange, "etcdserver: too large lease TTL"),

  watchCanceled: row(grpcCodes.canceled, "etcdserver: watch canceled"),

  memberExist: row(grpcCodes.failedPrecondition, "etcdserver: member ID already exist"),
  peerUrlExist: row(grpcCodes.failedPrecondition, "etcdserver: Peer URLs already exists"),
  memberNotEnoughStarted: row(
    grpcCodes.unknown,
    "etcdserver: re-configuration failed due to not enough started members",
  ),
  memberBadUrls: row(grpcCodes.invalidArgument, "etcdserver: given member URLs are invalid"),
  memberNotFound: row(grpcCodes.notFound, "etcdserver: member not found"),
  memberNotLearner: row(grpcCodes.failedPrecondition, "etcdserver: can only promote a learner member"),
  learnerNotReady: row(
    grpcCodes.failedPrecondition,
    "etcdserver: can only promote a learner member which is in sync with leader",
  ),
  tooManyLearners: row(grpcCodes.failedPrecondition, "etcdserver: too many learner members in cluster"),
  clusterIdMismatch: row(grpcCodes.failedPrecondition, "etcdserver: cluster ID mismatch"),

  requestTooLarge: row(grpcCodes.invalidArgument, "etcdserver: request is too large"),
  requestTooManyRequests: row(grpcCodes.unknown, "etcdserver: too many requests"),

  rootUserNotExist: row(grpcCodes.failedPrecondition, "etcdserver: root user does not exist"),
  rootRoleNotExist: row(grpcCodes.failedPrecondition, "etcdserver: root user does not have root role"),
  userAlreadyExist: row(grpcCodes.failedPrecondition, "etcdserver: user name already exists"),
  userEmpty: row(grpcCodes.invalidArgument, "etcdserver: user name is empty"),
  userNotFound: row(grpcCodes.failedPrecondition, "etcdserver: user name not found"),
  roleAlreadyExist: row(grpcCodes.failedPrecondition, "etcdserver: role name already exists"),
  roleNotFound: row(grpcCodes.failedPrecondition, "etcdserver: role name not found"),
  roleEmpty: row(grpcCodes.invalidArgument, "etcdserver: role name is empty"),
  authFailed: row(grpcCodes.invalidArgument, "etcdserver: authentication failed, invalid user ID or password"),
  permissionNotGiven: row(grpcCodes.invalidArgument, "etcdserver: permission not given"),
  permissionDenied: row(grpcCodes.permissionDenied, "etcdserver: permission denied"),
  roleNotGranted: row(grpcCodes.failedPrecondition, "etcdserver: role is not granted to the user"),
  permissionNotGranted: row(grpcCodes.failedPrecondition, "etcdserver: permission is not granted to the role"),
  authNotEnabled: row(grpcCodes.failedPrecondition, "etcdserver: authentication is not enabled"),
  invalidAuthToken: row(grpcCodes.unauthenticated, "etcdserver: invalid auth token"),
  invalidAuthMgmt: row(grpcCodes.invalidArgument, "etcdserver: invalid auth management"),
  authOldRevision: row(grpcCodes.invalidArgument, "etcdserver: revision of auth store is old"),

  noLeader: row(grpcCodes.unavailable, "etcdserver: no leader"),
  notLeader: row(grpcCodes.failedPrecondition, "etcdserver: not leader"),
  leaderChanged: row(grpcCodes.unavailable, "etcdserver: leader changed"),
  notCapable: row(grpcCodes.failedPrecondition, "etcdserver: not capable"),
  stopped: row(grpcCodes.unavailable, "etcdserver: server stopped"),
  timeout: row(grpcCodes.unavailable, "etcdserver: request timed out"),
  timeoutDueToLeaderFail: row(
    grpcCodes.unavailable,
    "etcdserver: request timed out, possibly due to previous leader failure",
  ),
  timeoutDueToConnectionLost: row(
    grpcCodes.unavailable,
    "etcdserver: request timed out, possibly due to connection lost",
  ),
  timeoutWaitAppliedIndex: row(
    grpcCodes.unavailable,
    "etcdserver: request timed out, waiting for the applied index took too long",
  ),
  unhealthy: row(grpcCodes.unavailable, "etcdserver: unhealthy cluster"),
  corrupt: row(grpcCodes.dataLoss, "etcdserver: corrupt cluster"),
  notSupportedForLearner: row(grpcCodes.failedPrecondition, "etcdserver: rpc not supported for learner"),
  badLeaderTransferee: row(grpcCodes.failedPrecondition, "etcdserver: bad leader transferee"),

  wrongDowngradeVersionFormat: row(grpcCodes.invalidArgument, "etcdserver: wrong downgrade target version format"),
  invalidDowngradeTargetVersion: row(grpcCodes.invalidArgument, "etcdserver: invalid downgrade target version"),
  clusterVersionUnavailable: row(
    grpcCodes.failedPrecondition,
    "etcdserver: cluster version not found during downgrade",
  ),
  downgradeInProcess: row(grpcCodes.failedPrecondition, "etcdserver: cluster has a downgrade job in progress"),
  noInflightDowngrade: row(grpcCodes.failedPrecondition, "etcdserver: no inflight downgrade job"),

  canceled: row(grpcCodes.canceled, "etcdserver: request canceled"),
  deadlineExceeded: row(grpcCodes.deadlineExceeded, "etcdserver: context deadline exceeded"),
  // What gRPC itself answers when the caller gives up.
  contextCanceled: row(grpcCodes.canceled, "context canceled"),
  contextDeadlineExceeded: row(grpcCodes.deadlineExceeded, "context deadline exceeded"),
  // Of gRPC too; it also tells both sizes.
  answerTooLarge: row(grpcCodes.resourceExhausted, "grpc: trying to send message larger than max"),

  // Range streams refuse what they cannot do page by page.
  rangeStreamSort: row(grpcCodes.unimplemented, "RangeStream does not support custom sort orders"),
  rangeStreamFilter: row(grpcCodes.unimplemented, "RangeStream does not support revision filters"),

  // Errors without a status of their own, which gRPC sends as Unknown.
  timeoutLeaderTransfer: row(grpcCodes.unknown, "etcdserver: request timed out, leader transfer took too long"),
  unknownMethod: row(grpcCodes.unknown, "etcdserver: unknown method"),
  electionNotLeader: row(grpcCodes.unknown, "election: not leader"),
  electionNoLeader: row(grpcCodes.unknown, "election: no leader"),
  missingLeaderKey: row(grpcCodes.unknown, '"leader" field must be provided'),
  mutexLocked: row(grpcCodes.unknown, "mutex: Locked by another session"),
  mutexSessionExpired: row(grpcCodes.unknown, "mutex: session is expired"),
  mutexLockReleased: row(grpcCodes.unknown, "mutex: lock has already been released"),
  lostWatcher: row(grpcCodes.unknown, "lost watcher waiting for delete"),

  // Reasons in which a watch is canceled; they travel in `cancel_reason`, not in a status.
  watcherEmptyRange: row(grpcCodes.unknown, "mvcc: watcher range is empty"),
  watcherDuplicateId: row(grpcCodes.unknown, "mvcc: duplicate watch ID provided on the WatchStream"),
  watcherNotExist: row(grpcCodes.unknown, "mvcc: watcher does not exist"),

  // The auth store's own words. Clients see the first, and before 3.6 the others from maintenance calls; logs see all.
  noPasswordUser: row(grpcCodes.unknown, "auth: authentication failed, password was given for no password user"),
  authStoreUserEmpty: row(grpcCodes.unknown, "auth: user name is empty"),
  authStorePermissionDenied: row(grpcCodes.unknown, "auth: permission denied"),
  authStoreInvalidToken: row(grpcCodes.unknown, "auth: invalid auth token"),
  authStoreOldRevision: row(grpcCodes.unknown, "auth: revision in header is old"),
  invalidAuthOptions: row(grpcCodes.unknown, "auth: invalid auth options"),
  invalidAuthMethod: row(grpcCodes.unknown, "auth: invalid auth signature method"),
  authMissingKey: row(grpcCodes.unknown, "auth: missing key data"),
  authKeyMismatch: row(grpcCodes.unknown, "auth: public and private keys don't match"),
  authVerifyOnly: row(grpcCodes.unknown, "auth: token signing attempted with verify-only key"),

  // Membership's own words, seen at the member-to-member HTTP paths.
  membershipIdRemoved: row(grpcCodes.unknown, "membership: ID removed"),
  membershipIdExists: row(grpcCodes.unknown, "membership: ID exists"),
  membershipIdNotFound: row(grpcCodes.unknown, "membership: ID not found"),
  membershipPeerUrlExists: row(grpcCodes.unknown, "membership: peerURL exists"),
  membershipNotLearner: row(grpcCodes.unknown, "membership: can only promote a learner member"),
  membershipTooManyLearners: row(grpcCodes.unknown, "membership: too many learner members in cluster"),

  // Leases between members.
  leaseStoreNotFound: row(grpcCodes.unknown, "lease not found"),
  leaseStoreNotPrimary: row(grpcCodes.unknown, "not a primary lessor"),
  leaseHttpTimeout: row(grpcCodes.unknown, "waiting for node to catch up its applied index has timed out"),

  // Answers of the transport, which take no part of the table's text from the server's state.
  healthUnknownService: row(grpcCodes.notFound, "unknown service"),
} as const satisfies Record<string, WireError>;

/** The key of an error in the table. */
export type EtcdErrorCode = keyof typeof wireErrors;
