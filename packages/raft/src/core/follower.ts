// A follower: takes its leader's entries, heartbeats and snapshots, and passes its clients' requests on to it.

import { ReadOnlyOption } from "../config.ts";
import { type Message, MessageType, newMessage } from "../message.ts";
import { type ConfState, noNode, type Snapshot } from "../types.ts";
import { hup } from "./election.ts";
import { installConfState } from "./membership.ts";
import { forward, send } from "./outbox.ts";
import type { Raft } from "./raft.ts";
import { takeReadAnswer } from "./reads.ts";
import type { StepResult } from "./step-result.ts";

/** Handles a message of this node's term, or of none. */
export function stepFollower(raft: Raft, message: Message): StepResult {
  switch (message.type) {
    case MessageType.app:
    case MessageType.heartbeat:
    case MessageType.snap:
      raft.electionElapsed = 0;
      raft.leader = message.from;
      takeFromLeader(raft, message);
      break;
    case MessageType.prop:
      if (raft.leader === noNode || raft.config.disableProposalForwarding) return "dropped";
      forward(raft, message);
      break;
    case MessageType.transferLeader:
    case MessageType.readIndex:
      if (raft.leader !== noNode) forward(raft, message);
      break;
    case MessageType.readIndexResp:
      takeReadAnswer(raft, message);
      break;
    case MessageType.timeoutNow:
      // A transfer needs no pre-vote: the leader itself asked for it.
      hup(raft, "transfer");
      break;
    case MessageType.forgetLeader:
      // A lease must not be cut short, or its holder might answer reads after another was elected.
      if (raft.config.readOnlyOption !== ReadOnlyOption.leaseBased) raft.leader = noNode;
      break;
    default:
      break;
  }
  return "ok";
}

/** Handles an append, a heartbeat or a snapshot of the leader that this node follows. */
export function takeFromLeader(raft: Raft, message: Message): void {
  if (message.type === MessageType.app) takeAppend(raft, message);
  else if (message.type === MessageType.heartbeat) takeHeartbeat(raft, message);
  else takeSnapshot(raft, message);
}

function takeHeartbeat(raft: Raft, message: Message): void {
  raft.log.commitTo(message.commit);
  const answer = newMessage(MessageType.heartbeatResp, message.from);
  answer.context = message.context;
  send(raft, answer);
}

function takeAppend(raft: Raft, message: Message): void {
  if (message.index < raft.log.committed) {
    acknowledge(raft, message.from, raft.log.committed);
    return;
  }
  const { index: prevIndex, logTerm: prevTerm, entries, commit } = message;
  const last = raft.log.maybeAppend({ prevIndex, prevTerm, entries, commit });
  if (last === undefined) rejectAppend(raft, message);
  else acknowledge(raft, message.from, last);
}

function acknowledge(raft: Raft, to: bigint, index: number): void {
  const answer = newMessage(MessageType.appResp, to);
  answer.index = index;
  send(raft, answer);
}

/**
 * Says where the logs may still agree: the last of our positions whose term the leader could have at that place. Positions
 * of higher terms are uncommitted leftovers; skipping them saves the leader a probe for each.
 */
function rejectAppend(raft: Raft, message: Message): void {
  const from = Math.min(message.index, raft.log.lastIndex());
  const hint = raft.log.findConflict(from, message.logTerm);
  const answer = newMessage(MessageType.appResp, message.from);
  answer.index = message.index;
  answer.reject = true;
  answer.rejectHint = hint.index;
  answer.logTerm = hint.term;
  send(raft, answer);
}

function takeSnapshot(raft: Raft, message: Message): void {
  const { snapshot } = message;
  const restored = snapshot !== undefined && restore(raft, snapshot);
  acknowledge(raft, message.from, restored ? raft.log.lastIndex() : raft.log.committed);
}

/** Starts over from a snapshot; false when it brings nothing new or is not meant for this node. */
function restore(raft: Raft, snapshot: Snapshot): boolean {
  const { index, term, confState } = snapshot.metadata;
  if (index <= raft.log.committed) return false;
  if (!isMember(raft.id, confState)) {
    raft.config.logger?.warn(`${raft.id} was sent a snapshot at ${index} whose membership does not include it`);
    return false;
  }
  if (raft.log.matchesTerm(index, term)) {
    // The log has everything up to the snapshot already; it only did not know that it is committed.
    raft.log.commitTo(index);
    return false;
  }
  raft.log.restore(snapshot);
  installConfState(raft, confState);
  raft.config.logger?.info(`${raft.id} restored snapshot at index ${index}, term ${term}`);
  return true;
}

function isMember(id: bigint, { voters, learners, votersOutgoing }: ConfState): boolean {
  return voters.includes(id) || learners.includes(id) || votersOutgoing.includes(id);
}
