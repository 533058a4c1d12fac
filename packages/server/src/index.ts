/**
 * What other packages may use of a member: to run one on ports of their own. The fakes are in `@etcd-ts/server/testing`.
 */
export { createV2Routes, V2AuthGuard, V2AuthStore, type V2Dialect } from "./api/v2/index.ts";
export { registerV3 } from "./api/v3/index.ts";
export { Member, type MemberOptions, type MemberPorts, startMember } from "./member/index.ts";
export {
  type Backend,
  type Bucket,
  buckets,
  type Clock,
  type Disk,
  type DiskDone,
  type DiskFile,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  type Logger,
  type Metrics,
  type PeerAnswer,
  type PeerClient,
  type PeerIdentity,
  type PeerNetwork,
  type PeerReceiver,
  type PeerRequest,
  type Random,
  silentLogger,
  type Timer,
} from "./ports/index.ts";
export { v2MemberOf } from "./v2-member-of.ts";
