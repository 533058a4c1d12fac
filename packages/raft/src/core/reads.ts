// Linearizable reads (Raft thesis, section 6.4). A leader answers with its commit index once it is sure that it leads: by a
// round of heartbeats ("safe"), or because a quorum check keeps others from being elected meanwhile ("lease-based").

import { ReadOnlyOption } from "../config.ts";
import { type Message, MessageType, newMessage } from "../message.ts";
import { maxUnconfirmedReads } from "../read-only.ts";
import { noNode } from "../types.ts";
import { send } from "./outbox.ts";
import type { Raft } from "./raft.ts";
import { broadcastHeartbeat } from "./replication.ts";

/**
 * Takes a read on the leader. Until the leader has committed an entry of its term it may not know the latest commit index,
 * not even when it is the only voter: the index on its disk may be older than what it applied before it was restarted.
 */
export function takeRead(raft: Raft, request: Message): void {
  if (request.entries.length !== 1) return;
  if (hasCommittedInTerm(raft)) confirmLeadership(raft, request);
  else if (raft.pendingReads.length < maxUnconfirmedReads) raft.pendingReads.push(request);
}

/** Takes up the reads that waited for the first commit of the term. */
export function releasePendingReads(raft: Raft): void {
  if (raft.pendingReads.length === 0 || !hasCommittedInTerm(raft)) return;
  const requests = raft.pendingReads;
  raft.pendingReads = [];
  for (const request of requests) confirmLeadership(raft, request);
}

/** Answers the reads that a quorum has confirmed by now. */
export function answerConfirmedReads(raft: Raft): void {
  const confirmed = raft.readOnly.confirm(raft.tracker.agreedOn(raft.readOnly.acks));
  for (const { request, index } of confirmed) answerRead(raft, request, index);
}

/** Takes the leader's answer on the node that asked. */
export function takeReadAnswer(raft: Raft, answer: Message): void {
  if (answer.entries.length !== 1) return;
  raft.readStates.push({ index: answer.index, context: answer.entries[0]!.data });
}

function confirmLeadership(raft: Raft, request: Message): void {
  if (raft.config.readOnlyOption === ReadOnlyOption.leaseBased || isOnlyVoter(raft)) {
    answerRead(raft, request, raft.log.committed);
    return;
  }
  if (!raft.readOnly.add({ request, index: raft.log.committed })) return;
  raft.readOnly.acknowledge(raft.id, raft.readOnly.heartbeatContext());
  broadcastHeartbeat(raft);
}

function answerRead(raft: Raft, request: Message, index: number): void {
  if (request.from === noNode || request.from === raft.id) {
    raft.readStates.push({ index, context: request.entries[0]!.data });
    return;
  }
  const answer = newMessage(MessageType.readIndexResp, request.from);
  answer.index = index;
  answer.entries = request.entries;
  send(raft, answer);
}

/** A leader that was removed may be alone with one voter and still not be that voter. */
function isOnlyVoter({ tracker, id }: Raft): boolean {
  return tracker.isSingleton && tracker.isVoter(id);
}

function hasCommittedInTerm(raft: Raft): boolean {
  return raft.log.matchesTerm(raft.log.committed, raft.term);
}
