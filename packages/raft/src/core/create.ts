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

function loadHardState(raft: Raft, { term, vote, commit }: HardState): void {
  const { committed } = raft.log;
  const last = raft.log.lastIndex();
  if (commit < committed || commit > last) fail(`stored commit ${commit} is out of range [${committed}, ${last}]`);
  raft.log.committed = commit;
  raft.term = term;
  raft.vote = vote;
}
