// The three ways a membership changes: by at most one voter at once, by entering a joint configuration, and by leaving it.
// Pure functions from a membership to a membership; a change that is not allowed is a value that says why.
// Source: Raft thesis, sections 4.1 (single-server changes) and 4.3 (arbitrary changes).

import type { ConfState } from "../types.ts";
import {
  asConfChangeV2,
  type ConfChange,
  type ConfChangeSingle,
  type ConfChangeV2,
  confChangeKind,
} from "./conf-change.ts";
import { MembershipDraft } from "./membership-draft.ts";

/** A change that took effect, with the nodes whose progress starts from nothing; or why it cannot. */
export type ChangeResult =
  | { ok: true; confState: ConfState; fresh: ReadonlySet<bigint> }
  | { ok: false; reason: string };

/** Applies a membership change of either version. */
export function changeMembership(from: ConfState, change: ConfChange | ConfChangeV2): ChangeResult {
  const v2 = asConfChangeV2(change);
  const kind = confChangeKind(v2);
  if (kind === "leave-joint") return leaveJoint(from);
  if (kind === "simple") return changeSimply(from, v2.changes);
  return enterJoint(from, { changes: v2.changes, autoLeave: kind === "enter-joint-and-leave" });
}

/** Applies changes that move at most one voter. */
export function changeSimply(from: ConfState, changes: readonly ConfChangeSingle[]): ChangeResult {
  if (isJoint(from)) return refused("can't apply simple config change in joint config");
  const draft = new MembershipDraft(from);
  draft.apply(changes);
  if (draft.voterCount === 0) return refused("removed all voters");
  if (draft.voterDistance(from.voters) > 1) {
    return refused("more than one voter changed without entering joint config");
  }
  return accepted(draft);
}

/** Enters the joint configuration of the present voters and the voters after the changes. */
export function enterJoint(
  from: ConfState,
  { changes, autoLeave }: { changes: readonly ConfChangeSingle[]; autoLeave: boolean },
): ChangeResult {
  if (isJoint(from)) return refused("config is already joint");
  if (from.voters.length === 0) return refused("can't make a zero-voter config joint");
  const draft = new MembershipDraft(from);
  draft.splitVoters();
  draft.apply(changes);
  if (draft.voterCount === 0) return refused("removed all voters");
  draft.autoLeave = autoLeave;
  return accepted(draft);
}

/** Leaves a joint configuration for its incoming half. */
export function leaveJoint(from: ConfState): ChangeResult {
  if (!isJoint(from)) return refused("can't leave a non-joint config");
  const draft = new MembershipDraft(from);
  draft.joinVoters();
  return accepted(draft);
}

/** Tells whether a membership has two sets of voters. */
export function isJoint(confState: ConfState): boolean {
  return confState.votersOutgoing.length > 0;
}

/** Returns a membership with its ids ascending and shared with nobody, or why it is impossible. */
export function restoreMembership(from: ConfState): ChangeResult {
  const confState = new MembershipDraft(from).toConfState();
  const problem = contradiction(confState);
  if (problem !== undefined) return refused(problem);
  return { ok: true, confState, fresh: new Set([...from.voters, ...from.votersOutgoing, ...from.learners]) };
}

/** Says what contradicts itself in a membership: every node has one part to play, and staged parts need a joint configuration. */
function contradiction(of: ConfState): string | undefined {
  const voters = new Set([...of.voters, ...of.votersOutgoing]);
  for (const id of of.learners) if (voters.has(id)) return `${id} is a learner and a voter`;
  const outgoing = new Set(of.votersOutgoing);
  for (const id of of.learnersNext)
    if (!outgoing.has(id)) return `${id} is to become a learner, but is no outgoing voter`;
  if (of.autoLeave && !isJoint(of)) return "only a joint config can be left automatically";
  return undefined;
}

function accepted(draft: MembershipDraft): ChangeResult {
  return { ok: true, confState: draft.toConfState(), fresh: draft.fresh };
}

function refused(reason: string): ChangeResult {
  return { ok: false, reason };
}
