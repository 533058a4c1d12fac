// The passing of time, which is nothing but ticks: followers and candidates wait for an election timeout, leaders send
// heartbeats and check now and then that somebody answers.

import { MessageType, newMessage } from "../message.ts";
import { noNode, Role } from "../types.ts";
import { checkQuorum } from "./leader.ts";
import type { Raft } from "./raft.ts";
import { broadcastHeartbeat } from "./replication.ts";
import { step } from "./step.ts";

/** Lets one tick pass. */
export function tick(raft: Raft): void {
  if (raft.role === Role.leader) tickLeader(raft);
  else tickElection(raft);
}

function tickElection(raft: Raft): void {
  raft.electionElapsed++;
  if (!raft.promotable || raft.electionElapsed < raft.electionTimeout) return;
  raft.electionElapsed = 0;
  step(raft, newMessage(MessageType.hup, raft.id));
}

function tickLeader(raft: Raft): void {
  raft.heartbeatElapsed++;
  raft.electionElapsed++;
  if (raft.electionElapsed >= raft.config.electionTick) {
    raft.electionElapsed = 0;
    if (raft.config.checkQuorum) checkQuorum(raft);
    // A transfer that took this long has failed.
    raft.transferee = noNode;
  }
  if (raft.role !== Role.leader || raft.heartbeatElapsed < raft.config.heartbeatTick) return;
  raft.heartbeatElapsed = 0;
  broadcastHeartbeat(raft);
}
