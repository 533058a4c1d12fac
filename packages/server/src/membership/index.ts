export { compareIds, computeClusterId, computeMemberId, formatId, parseId } from "./ids.ts";
export type { FoundingCluster, InitialCluster, LocalMember } from "./initial-cluster.ts";
export {
  checkBootstrap,
  checkJoin,
  checkMeeting,
  formatInitialCluster,
  foundCluster,
  parseInitialCluster,
} from "./initial-cluster.ts";
export type { ConfigChangeContext, ReadonlyMember } from "./member-json.ts";
export {
  decodeConfigChangeContext,
  decodeMember,
  encodeConfigChangeContext,
  encodeFounder,
  encodeMember,
} from "./member-json.ts";
export type { DowngradeInfo, MemberAttributes, MembershipChange, MembershipRefusal } from "./membership.ts";
export { Membership, MembershipCorruptionError, refusalForClients } from "./membership.ts";
export { canAddVoter, canPromote, canRemoveVoter } from "./quorum-safety.ts";
export { clusterIdOf, decodeMembers, encodeMembers, findSelf, type OwnView } from "./remote-members.ts";
export {
  compareResolved,
  joinHostPort,
  type ResolvedUrls,
  type ResolvingPorts,
  resolveUrls,
} from "./resolved-urls.ts";
export type { MemberUrl, Parsed, UrlScheme } from "./urls.ts";
export {
  canConnectTo,
  checkBindUrls,
  checkHostUrls,
  compareText,
  isIp,
  isSecure,
  isUnix,
  parseUrl,
  parseUrls,
  quote,
} from "./urls.ts";
