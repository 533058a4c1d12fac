// One node's decisions. Reading order: raft.ts (the state), step.ts (the entrance), then one role after the other.
export { appendOwnEntries, newEntry } from "./append-own-entries.ts";
export { createRaft } from "./create.ts";
export { hup, timeoutCampaign } from "./election.ts";
export { takeSnapshotStatus, takeUnreachable } from "./leader.ts";
export { applyConfChange } from "./membership.ts";
export { type ProposeResult, proposeOnLeader } from "./proposals.ts";
export { Raft } from "./raft.ts";
export { becomeFollower } from "./roles.ts";
export { step } from "./step.ts";
export { tick } from "./tick.ts";
