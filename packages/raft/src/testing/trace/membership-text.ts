// Memberships and progress as traces print them.

import type { ProgressStatus } from "../../status.ts";
import type { ConfState } from "../../types.ts";

const stateNames = { probe: "StateProbe", replicate: "StateReplicate", snapshot: "StateSnapshot" } as const;

/** Describes a membership on one line. */
export function formatMembership({ voters, votersOutgoing, learners, learnersNext, autoLeave }: ConfState): string {
  let text = `voters=${formatIds(voters)}`;
  if (votersOutgoing.length > 0) text += `&&${formatIds(votersOutgoing)}`;
  if (learners.length > 0) text += ` learners=${formatIds(learners)}`;
  if (learnersNext.length > 0) text += ` learners_next=${formatIds(learnersNext)}`;
  return autoLeave ? `${text} autoleave` : text;
}

/** Describes what a leader knows of each node, one line each. */
export function formatProgress(progress: ReadonlyMap<bigint, ProgressStatus>): string {
  let text = "";
  for (const [id, of] of progress) text += `${id}: ${formatOne(of)}\n`;
  return text;
}

function formatOne(of: ProgressStatus): string {
  let text = `${stateNames[of.state]} match=${of.match} next=${of.next}`;
  if (of.isLearner) text += " learner";
  if (of.paused) text += " paused";
  if (of.pendingSnapshot > 0) text += ` pendingSnap=${of.pendingSnapshot}`;
  if (!of.recentActive) text += " inactive";
  if (of.inflightCount > 0) text += ` inflight=${of.inflightCount}${of.inflightFull ? "[full]" : ""}`;
  return text;
}

function formatIds(ids: readonly bigint[]): string {
  return `(${ids.map((id) => id.toString(16)).join(" ")})`;
}
