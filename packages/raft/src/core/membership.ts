// Taking a membership into force: when a change is applied, when a snapshot is restored, and at the start
// (Raft thesis, chapter 4; unlike there, a membership is in force when it is applied, not when it is appended).

import {
  type ChangeResult,
  type ConfChange,
  type ConfChangeV2,
  changeMembership,
  restoreMembership,
} from "../conf-change/index.ts";
import { fail } from "../invariant.ts";
import { type ConfState, noNode, Role } from "../types.ts";
import type { Raft } from "./raft.ts";
import { answerConfirmedReads, releasePendingReads } from "./reads.ts";
import { broadcastAppend, broadcastNewEntries, maybeCommit } from "./replication.ts";
import { becomeFollower } from "./roles.ts";

/**
 * Applies a committed change. One that is not possible means that the members disagree, and cannot be survived. While a
 * snapshot waits to be stored its membership is in force already, and a change applied late comes from before it.
 */
export function applyConfChange(raft: Raft, change: ConfChange | ConfChangeV2): ConfState {
  if (raft.log.unstable.snapshot !== undefined) return raft.tracker.confState;
  return install(raft, changeMembership(raft.tracker.confState, change));
}

/** Replaces the membership by a stored one. */
export function installConfState(raft: Raft, confState: ConfState): ConfState {
  return install(raft, restoreMembership(confState));
}

function install(raft: Raft, result: ChangeResult): ConfState {
  if (!result.ok) fail(`membership of ${raft.id}: ${result.reason}`);
  const { confState, fresh } = result;
  raft.tracker.install({ confState, fresh, lastIndex: raft.log.lastIndex() });
  const self = raft.tracker.progress(raft.id);
  raft.isLearner = self?.isLearner ?? false;
  if (raft.role !== Role.leader) return confState;
  if (self === undefined || self.isLearner) {
    if (raft.config.stepDownOnRemoval) becomeFollower(raft, raft.term, noNode);
    return confState;
  }
  if (confState.voters.length > 0) continueLeading(raft);
  return confState;
}

/** A smaller quorum may have committed more, and new members should not have to wait for a heartbeat. */
function continueLeading(raft: Raft): void {
  if (maybeCommit(raft)) {
    releasePendingReads(raft);
    broadcastAppend(raft);
  } else broadcastNewEntries(raft);
  answerConfirmedReads(raft);
  if (raft.transferee !== noNode && !raft.tracker.isVoter(raft.transferee)) raft.transferee = noNode;
}
