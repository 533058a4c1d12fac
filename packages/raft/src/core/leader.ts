// A leader: takes proposals and reads, and learns from its followers' answers how far they are.

import { type Message, MessageType } from "../message.ts";
import { type Progress, ProgressState } from "../tracker/index.ts";
import { noNode } from "../types.ts";
import { takeAppendAnswer } from "./append-answer.ts";
import { proposeOnLeader } from "./proposals.ts";
import type { Raft } from "./raft.ts";
import { answerConfirmedReads, takeRead } from "./reads.ts";
import { sendAppend } from "./replication.ts";
import { becomeFollower } from "./roles.ts";
import type { StepResult } from "./step-result.ts";
import { takeTransfer } from "./transfer.ts";

/** Handles a message of this node's term, or of none. */
export function stepLeader(raft: Raft, message: Message): StepResult {
  if (message.type === MessageType.prop) {
    // The message's entries are the sender's; the log's own get their places in it.
    const entries = message.entries.map((entry) => ({ ...entry }));
    return proposeOnLeader(raft, entries) === "accepted" ? "ok" : "dropped";
  }
  if (message.type === MessageType.readIndex) takeRead(raft, message);
  else {
    const from = raft.tracker.progress(message.from);
    if (from !== undefined) stepFromMember(raft, from, message);
  }
  return "ok";
}

function stepFromMember(raft: Raft, from: Progress, message: Message): void {
  switch (message.type) {
    case MessageType.appResp:
      takeAppendAnswer(raft, from, message);
      break;
    case MessageType.heartbeatResp:
      takeHeartbeatAnswer(raft, from, message);
      break;
    case MessageType.transferLeader:
      takeTransfer(raft, from);
      break;
    default:
      break;
  }
}

/** A node that answers is there: whatever was held back for it may go on. */
function takeHeartbeatAnswer(raft: Raft, from: Progress, message: Message): void {
  from.recentActive = true;
  from.appendsPaused = false;
  // Even with nothing to send: a follower being probed must answer an append to leave that state.
  if (from.match < raft.log.lastIndex() || from.state === ProgressState.probe) sendAppend(raft, from);
  if (message.context.length === 0) return;
  raft.readOnly.acknowledge(from.id, message.context);
  answerConfirmedReads(raft);
}

/** Steps down unless a quorum was heard of since the last check. */
export function checkQuorum(raft: Raft): void {
  if (!raft.tracker.isQuorumActive()) {
    raft.config.logger?.warn(`${raft.id} stepped down at term ${raft.term}: the quorum is not active`);
    becomeFollower(raft, raft.term, noNode);
  }
  for (const progress of raft.tracker.all) if (progress.id !== raft.id) progress.recentActive = false;
}

/** Takes the transport's word that messages to a node are being lost. */
export function takeUnreachable(from: Progress): void {
  if (from.state === ProgressState.replicate) from.becomeProbe();
}

/** Takes the transport's word how the transfer of a snapshot ended. */
export function takeSnapshotStatus(from: Progress, ok: boolean): void {
  if (from.state !== ProgressState.snapshot) return;
  // A snapshot that did not arrive says nothing about where to go on.
  if (!ok) from.pendingSnapshot = 0;
  from.becomeProbe();
  // Whether it arrived or not, the next word is the follower's: its answer, or a heartbeat's.
  from.appendsPaused = true;
}
