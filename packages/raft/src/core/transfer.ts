// Handing leadership over (Raft thesis, section 3.10): bring the other's log up to date, then tell it to stand for election.
// Meanwhile proposals are dropped. If it takes longer than an election timeout the leader goes on as if nothing was.

import type { Progress } from "../tracker/index.ts";
import { noNode } from "../types.ts";
import { sendTimeoutNow } from "./append-answer.ts";
import type { Raft } from "./raft.ts";
import { sendAppend } from "./replication.ts";

/** Starts handing over to a voter; a transfer to another node that is under way ends. */
export function takeTransfer(raft: Raft, to: Progress): void {
  if (to.isLearner || raft.transferee === to.id) return;
  raft.transferee = noNode;
  if (to.id === raft.id) return;
  raft.config.logger?.info(`${raft.id} starts to transfer leadership to ${to.id} at term ${raft.term}`);
  raft.electionElapsed = 0;
  raft.transferee = to.id;
  if (to.match === raft.log.lastIndex()) sendTimeoutNow(raft, to.id);
  else sendAppend(raft, to);
}
