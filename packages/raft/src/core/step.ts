// The entrance for messages: settles whose term is right (Raft paper, 5.1), then hands over to the role.

import { type Message, MessageType, newMessage } from "../message.ts";
import { noNode, Role } from "../types.ts";
import { takeAppendDone, takeApplyDone, takeSnapshotDone } from "./applied.ts";
import { stepCandidate } from "./candidate.ts";
import { hup, isInLease, takeVoteRequest, timeoutCampaign } from "./election.ts";
import { stepFollower } from "./follower.ts";
import { stepLeader } from "./leader.ts";
import { send } from "./outbox.ts";
import type { Raft } from "./raft.ts";
import { becomeFollower } from "./roles.ts";
import type { StepResult } from "./step-result.ts";

/** Handles one message, whoever sent it. Term 0 stands for requests that belong to no term. */
export function step(raft: Raft, message: Message): StepResult {
  if (message.term > raft.term) {
    if (isVoteRequest(message) && isInLease(raft, message)) return "ok";
    takeHigherTerm(raft, message);
  } else if (message.term !== 0 && message.term < raft.term) {
    takeLowerTerm(raft, message);
    return "ok";
  }
  switch (message.type) {
    case MessageType.hup:
      hup(raft, timeoutCampaign(raft));
      return "ok";
    case MessageType.vote:
    case MessageType.preVote:
      if (message.term !== 0) takeVoteRequest(raft, message);
      return "ok";
    case MessageType.storageAppendResp:
      takeAppendDone(raft, message);
      return "ok";
    case MessageType.storageApplyResp:
      takeApplyDone(raft, message);
      return "ok";
    default:
      return stepRole(raft, message);
  }
}

function stepRole(raft: Raft, message: Message): StepResult {
  switch (raft.role) {
    case Role.leader:
      return stepLeader(raft, message);
    case Role.follower:
      return stepFollower(raft, message);
    case Role.candidate:
    case Role.preCandidate:
      return stepCandidate(raft, message);
  }
}

function isVoteRequest({ type }: Message): boolean {
  return type === MessageType.vote || type === MessageType.preVote;
}

/** Follows the higher term, unless it is one that nobody has yet: the term of a pre-vote. */
function takeHigherTerm(raft: Raft, message: Message): void {
  switch (message.type) {
    case MessageType.preVote:
      return;
    case MessageType.preVoteResp:
      // A granted pre-vote answers with the term we asked for; only a refusal tells the refuser's own.
      if (message.reject) becomeFollower(raft, message.term, noNode);
      return;
    case MessageType.app:
    case MessageType.heartbeat:
    case MessageType.snap:
      becomeFollower(raft, message.term, message.from);
      return;
    default:
      becomeFollower(raft, message.term, noNode);
  }
}

function takeLowerTerm(raft: Raft, message: Message): void {
  const { type, from } = message;
  const { checkQuorum, preVote } = raft.config;
  if ((checkQuorum || preVote) && (type === MessageType.heartbeat || type === MessageType.app)) {
    // This node raised its term while it was cut off, and its votes are being ignored. Telling its term to the leader is
    // the only way back; the leader will step down for it.
    send(raft, newMessage(MessageType.appResp, from));
  } else if (type === MessageType.preVote) {
    // Silence could leave a candidate with a higher term but a shorter log waiting for ever, and others for it.
    const refusal = newMessage(MessageType.preVoteResp, from);
    refusal.term = raft.term;
    refusal.reject = true;
    send(raft, refusal);
  } else if (type === MessageType.storageAppendResp) {
    // The entries may have been replaced in the meantime, with writes of both still under way. A later answer will tell.
    takeSnapshotDone(raft, message);
  }
}
