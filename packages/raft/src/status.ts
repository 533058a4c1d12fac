// What a node tells about itself, for operators and tests. Copies, taken at one moment.

import type { Raft } from "./core/index.ts";
import type { ProgressState } from "./tracker/index.ts";
import { type ConfState, type HardState, Role, type SoftState } from "./types.ts";

/** The cheap part. */
export interface BasicStatus extends HardState, SoftState {
  id: bigint;
  applied: number;
  /** To whom leadership is being transferred, 0n for nobody. */
  transferee: bigint;
}

/** What a leader knows about one node. */
export interface ProgressStatus {
  match: number;
  next: number;
  state: ProgressState;
  isLearner: boolean;
  paused: boolean;
  recentActive: boolean;
  pendingSnapshot: number;
  inflightCount: number;
  inflightFull: boolean;
}

/** Everything. `progress` is empty on nodes that do not lead; its order is that of the ids. */
export interface Status extends BasicStatus {
  confState: ConfState;
  progress: Map<bigint, ProgressStatus>;
}

/** Reads the cheap part. */
export function basicStatusOf(raft: Raft): BasicStatus {
  const { term, vote, commit } = raft.hardState();
  return {
    id: raft.id,
    term,
    vote,
    commit,
    leader: raft.leader,
    role: raft.role,
    applied: raft.log.cursor.applied,
    transferee: raft.transferee,
  };
}

/** Reads everything. */
export function statusOf(raft: Raft): Status {
  const progress = raft.role === Role.leader ? progressOf(raft) : new Map<bigint, ProgressStatus>();
  return { ...basicStatusOf(raft), confState: copyOf(raft.tracker.confState), progress };
}

function progressOf(raft: Raft): Map<bigint, ProgressStatus> {
  const progress = new Map<bigint, ProgressStatus>();
  for (const of of raft.tracker.all) {
    const { match, next, state, isLearner, paused, recentActive, pendingSnapshot, inflights } = of;
    progress.set(of.id, {
      match,
      next,
      state,
      isLearner,
      paused,
      recentActive,
      pendingSnapshot,
      inflightCount: inflights.count,
      inflightFull: inflights.full,
    });
  }
  return progress;
}

function copyOf({ voters, learners, votersOutgoing, learnersNext, autoLeave }: ConfState): ConfState {
  return {
    voters: [...voters],
    learners: [...learners],
    votersOutgoing: [...votersOutgoing],
    learnersNext: [...learnersNext],
    autoLeave,
  };
}
