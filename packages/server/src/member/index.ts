export type { LeaseTimeToLive } from "../lease/index.ts";
export { Member, type MemberParts, type Proposed } from "./member.ts";
export type { MemberOptions, MemberPorts } from "./member-options.ts";
export { memberPaths } from "./member-options.ts";
export type { ChangeOutcome } from "./membership-changes.ts";
export { leaseGrantCostBytes, putCostBytes, Quota, txnCostBytes } from "./quota.ts";
export { startMember } from "./start-member.ts";
