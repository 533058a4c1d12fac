// A follower's answer to an append, on the leader (Raft paper, 5.3): move on, or step back to where the logs agree.

import { type Message, MessageType, newMessage } from "../message.ts";
import { type Progress, ProgressState } from "../tracker/index.ts";
import { send } from "./outbox.ts";
import type { Raft } from "./raft.ts";
import { releasePendingReads } from "./reads.ts";
import { broadcastAppend, maybeCommit, sendAppend, sendNewEntries } from "./replication.ts";

/** Takes the answer of a follower, or this leader's own once its entries are durable. */
export function takeAppendAnswer(raft: Raft, from: Progress, message: Message): void {
  from.recentActive = true;
  if (message.reject) takeRejection(raft, from, message);
  else takeAcknowledgement(raft, from, message.index);
}

/**
 * The follower names its last position that could match. Ours may rule out more: where our terms are higher than the
 * follower's, the entries cannot be the same, because terms only grow along a log.
 */
function takeRejection(raft: Raft, from: Progress, message: Message): void {
  const { rejectHint, logTerm } = message;
  const probe = logTerm > 0 ? raft.log.findConflict(rejectHint, logTerm).index : rejectHint;
  if (!from.maybeDecrease(message.index, probe)) return;
  if (from.state === ProgressState.replicate) from.becomeProbe();
  sendAppend(raft, from);
}

function takeAcknowledgement(raft: Raft, from: Progress, index: number): void {
  // An old acknowledgement is news only for a follower being probed: it proves that the probe matched.
  const provesProbe = from.match === index && from.state === ProgressState.probe;
  if (!from.maybeUpdate(index) && !provesProbe) return;
  resumeReplication(raft, from, index);
  if (maybeCommit(raft)) {
    releasePendingReads(raft);
    broadcastAppend(raft);
  } else if (from.id !== raft.id && from.canBumpCommit(raft.log.committed)) {
    sendAppend(raft, from);
  }
  if (from.id === raft.id) return;
  // The answer may have made room for more than one message. Bounded: each one advances `next`, or fills the window.
  while (sendNewEntries(raft, from));
  if (from.id === raft.transferee && from.match === raft.log.lastIndex()) sendTimeoutNow(raft, from.id);
}

function resumeReplication(raft: Raft, from: Progress, index: number): void {
  if (from.state === ProgressState.probe) {
    from.becomeReplicate();
  } else if (from.state === ProgressState.replicate) {
    from.inflights.freeUpTo(index);
  } else if (from.match + 1 >= raft.log.firstIndex()) {
    // Any snapshot will do that lets the log take over, wherever the follower got it.
    from.becomeProbe();
    from.becomeReplicate();
  }
}

/** Tells a node to stand for election at once (Raft thesis, section 3.10). */
export function sendTimeoutNow(raft: Raft, to: bigint): void {
  send(raft, newMessage(MessageType.timeoutNow, to));
}
