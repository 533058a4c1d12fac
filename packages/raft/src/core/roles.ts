// Changes of role (Raft paper, figure 4). A new role starts a period of its own: timers, votes and the view of the other
// nodes start over.

import { fail } from "../invariant.ts";
import { noNode, Role } from "../types.ts";
import { appendOwnEntries, newEntry } from "./append-own-entries.ts";
import type { Raft } from "./raft.ts";

/** Follows a leader in a term, or nobody yet. */
export function becomeFollower(raft: Raft, term: number, leader: bigint): void {
  raft.reset(term);
  raft.role = Role.follower;
  raft.leader = leader;
  raft.config.logger?.info(`${raft.id} became follower at term ${raft.term}`);
}

/** Stands for election in the next term, with its own vote. */
export function becomeCandidate(raft: Raft): void {
  if (raft.role === Role.leader) fail(`leader ${raft.id} cannot become candidate at term ${raft.term}`);
  raft.reset(raft.term + 1);
  raft.role = Role.candidate;
  raft.vote = raft.id;
  raft.config.logger?.info(`${raft.id} became candidate at term ${raft.term}`);
}

/** Asks whether an election could be won; neither term nor vote change. */
export function becomePreCandidate(raft: Raft): void {
  if (raft.role === Role.leader) fail(`leader ${raft.id} cannot become pre-candidate at term ${raft.term}`);
  raft.tracker.resetVotes();
  raft.role = Role.preCandidate;
  raft.leader = noNode;
  raft.config.logger?.info(`${raft.id} became pre-candidate at term ${raft.term}`);
}

/** Leads the term, and appends an empty entry of it: only with it can earlier entries be committed (Raft paper, 5.4.2). */
export function becomeLeader(raft: Raft): void {
  const self = raft.tracker.progress(raft.id);
  if (raft.role === Role.follower || self === undefined) fail(`follower ${raft.id} cannot lead term ${raft.term}`);
  raft.reset(raft.term);
  raft.role = Role.leader;
  raft.leader = raft.id;
  self.becomeReplicate();
  self.recentActive = true;
  // There may be an unapplied membership change in the log; assuming one is safe, and cheaper than looking for it.
  raft.pendingConfIndex = raft.log.lastIndex();
  if (!appendOwnEntries(raft, [newEntry()])) fail(`leader ${raft.id} could not append its first entry`);
  raft.config.logger?.info(`${raft.id} became leader at term ${raft.term}`);
}
