// Membership changes as they travel in the log. Version 1 changes one node; version 2 changes any number at once and says
// how joint consensus is used. Version 1 is version 2 with one change. Field meanings and numbers are raftpb's.

/** What happens to one node; the numbers are raftpb's. */
export const ConfChangeType = { addNode: 0, removeNode: 1, updateNode: 2, addLearnerNode: 3 } as const;
/** One of the values of the constant of the same name. */
export type ConfChangeType = (typeof ConfChangeType)[keyof typeof ConfChangeType];

/** Whether a change goes through a joint configuration, and who leaves it; the numbers are raftpb's. */
export const ConfChangeTransition = { auto: 0, jointImplicit: 1, jointExplicit: 2 } as const;
/** One of the values of the constant of the same name. */
export type ConfChangeTransition = (typeof ConfChangeTransition)[keyof typeof ConfChangeTransition];

/** One node's part of a change; a node id of 0n is ignored when applied. */
export interface ConfChangeSingle {
  type: ConfChangeType;
  nodeId: bigint;
}

/** Version 1. `id` and `context` are the application's. */
export interface ConfChange extends ConfChangeSingle {
  id: bigint;
  context: Uint8Array;
}

/** Version 2. Without changes and with the automatic transition it leaves a joint configuration. */
export interface ConfChangeV2 {
  transition: ConfChangeTransition;
  changes: ConfChangeSingle[];
  context: Uint8Array;
}

/** Tells the versions apart. */
export function isConfChangeV2(change: ConfChange | ConfChangeV2): change is ConfChangeV2 {
  return "changes" in change;
}

/** Returns the same change in version 2. */
export function asConfChangeV2(change: ConfChange | ConfChangeV2): ConfChangeV2 {
  if (isConfChangeV2(change)) return change;
  const { type, nodeId, context } = change;
  return { transition: ConfChangeTransition.auto, changes: [{ type, nodeId }], context };
}

/** How a change takes effect. */
export type ConfChangeKind = "simple" | "enter-joint-and-leave" | "enter-joint" | "leave-joint";

/** Decides how a change takes effect: several nodes at once always go through a joint configuration. */
export function confChangeKind({ transition, changes }: ConfChangeV2): ConfChangeKind {
  if (transition === ConfChangeTransition.jointExplicit) return "enter-joint";
  if (transition === ConfChangeTransition.jointImplicit) return "enter-joint-and-leave";
  if (changes.length === 0) return "leave-joint";
  return changes.length > 1 ? "enter-joint-and-leave" : "simple";
}
