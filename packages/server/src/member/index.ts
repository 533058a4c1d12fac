export type { LeaseTimeToLive } from "../lease/index.ts";
export { Member } from "./member.ts";
export type { MemberOptions, MemberPorts } from "./member-options.ts";
export { memberPaths } from "./member-options.ts";
export type { MemberParts, Proposed } from "./member-parts.ts";
export type { ChangeOutcome } from "./membership-changes.ts";
export { leaseGrantCostBytes, putCostBytes, Quota, txnCostBytes } from "./quota.ts";
export { startMember } from "./start-member.ts";
export { releaseHeader } from "./version-monitor.ts";
