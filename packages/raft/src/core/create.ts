// Bringing a node to life from what its storage remembers.

import type { CheckedConfig } from "../config.ts";
import { fail } from "../invariant.ts";
import { type HardState, isEmptyHardState, noNode } from "../types.ts";
import { installConfState } from "./membership.ts";
import { Raft } from "./raft.ts";
import { becomeFollower } from "./roles.ts";

/** Creates a node as a follower of the term it remembers. */
export function createRaft(config: CheckedConfig): Raft {
  const { hardState, confState } = config.storage.initialState();
  const raft = new Raft(config);
  installConfState(raft, confState);
  if (!isEmptyHardState(hardState)) loadHardState(raft, hardState);
  if (config.applied > 0) raft.log.appliedTo(config.applied, 0);
  becomeFollower(raft, raft.term, noNode);
  return raft;
}

/** The stored commit index may lie before the snapshot: it need not be synced when it moves, and a snapshot proves more. */
function loadHardState(raft: Raft, { term, vote, commit }: HardState): void {
  const last = raft.log.lastIndex();
  if (commit > last) fail(`stored commit ${commit} lies beyond the last index ${last}`);
  raft.log.committed = Math.max(raft.log.committed, commit);
  raft.term = term;
  raft.vote = vote;
}
