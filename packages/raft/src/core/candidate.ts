// A candidate or pre-candidate: counts votes, and yields to whoever already leads its term.

import { type Message, MessageType } from "../message.ts";
import { VoteResult } from "../quorum/index.ts";
import { noNode, Role } from "../types.ts";
import { startCampaign } from "./election.ts";
import { takeFromLeader } from "./follower.ts";
import type { Raft } from "./raft.ts";
import { broadcastAppend } from "./replication.ts";
import { becomeFollower, becomeLeader } from "./roles.ts";
import type { StepResult } from "./step-result.ts";

/** Handles a message of this node's term, or of none, or a vote for the term it asks for. */
export function stepCandidate(raft: Raft, message: Message): StepResult {
  switch (message.type) {
    case MessageType.prop:
      return "dropped";
    case MessageType.app:
    case MessageType.heartbeat:
    case MessageType.snap:
      becomeFollower(raft, message.term, message.from);
      takeFromLeader(raft, message);
      break;
    case MessageType.voteResp:
      if (raft.role === Role.candidate) takeVote(raft, message);
      break;
    case MessageType.preVoteResp:
      // A candidate may still receive votes for the pre-election it has won.
      if (raft.role === Role.preCandidate) takeVote(raft, message);
      break;
    default:
      break;
  }
  return "ok";
}

function takeVote(raft: Raft, message: Message): void {
  raft.tracker.recordVote(message.from, !message.reject);
  const result = raft.tracker.electionResult();
  if (result === VoteResult.lost) {
    // The answer to a pre-vote carries the term asked for, which is not ours yet.
    becomeFollower(raft, raft.term, noNode);
  } else if (result === VoteResult.won && raft.role === Role.preCandidate) {
    startCampaign(raft, "election");
  } else if (result === VoteResult.won) {
    becomeLeader(raft);
    broadcastAppend(raft);
  }
}
