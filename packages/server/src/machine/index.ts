export type { AppliedResponses, CompactionApplied, Outcome, RequestField } from "./applied-request.ts";
export { describeEntry, describeRequest } from "./describe-request.ts";
export { Machine, type MachineParts } from "./machine.ts";
export { type CommittedChange, decodeCommittedChange } from "./membership-change.ts";
