// Elections: standing for one, and voting in one (Raft paper, 5.2 and 5.4.1; pre-vote: thesis, 9.6; transfers: thesis, 3.10).

import { type Message, MessageType, newMessage } from "../message.ts";
import { EntryType, noBytes, noNode, Role } from "../types.ts";
import { send } from "./outbox.ts";
import type { Raft } from "./raft.ts";
import { becomeCandidate, becomePreCandidate } from "./roles.ts";

/** Why a node stands for election. */
export type Campaign = "pre-election" | "election" | "transfer";

/** What marks the votes of a leadership transfer, which a follower grants even while it hears from its leader; etcd's text. */
const transferContext = new TextEncoder().encode("CampaignTransfer");

/** Stands for election if this node may. */
export function hup(raft: Raft, campaign: Campaign): void {
  if (raft.role === Role.leader) return;
  if (!raft.promotable) {
    raft.config.logger?.warn(`${raft.id} is unpromotable and can not campaign`);
    return;
  }
  if (hasUnappliedConfChange(raft)) {
    raft.config.logger?.warn(`${raft.id} cannot campaign at term ${raft.term}: a membership change is not applied yet`);
    return;
  }
  startCampaign(raft, campaign);
}

/** The campaign that an election timeout starts. */
export function timeoutCampaign(raft: Raft): Campaign {
  return raft.config.preVote ? "pre-election" : "election";
}

/** Asks every voter for its vote, this node included; its own counts once it is durable. */
export function startCampaign(raft: Raft, campaign: Campaign): void {
  const pre = campaign === "pre-election";
  if (pre) becomePreCandidate(raft);
  else becomeCandidate(raft);
  const term = pre ? raft.term + 1 : raft.term;
  const index = raft.log.lastIndex();
  const logTerm = raft.log.lastTerm();
  for (const { id } of raft.tracker.voters()) {
    if (id === raft.id) {
      const own = newMessage(pre ? MessageType.preVoteResp : MessageType.voteResp, id);
      own.term = term;
      send(raft, own);
      continue;
    }
    const request = newMessage(pre ? MessageType.preVote : MessageType.vote, id);
    request.term = term;
    request.index = index;
    request.logTerm = logTerm;
    request.context = campaign === "transfer" ? transferContext : noBytes;
    send(raft, request);
  }
}

/** A membership that is committed but not applied may not include this node, or may give others the majority. */
function hasUnappliedConfChange(raft: Raft): boolean {
  const { log } = raft;
  const end = log.committed + 1;
  for (let at = log.cursor.applied + 1; at < end; ) {
    // Page by page, because there may be many; a page has at least one entry.
    const page = log.slice(at, end, log.cursor.limitBytes);
    if (typeof page === "string" || page.length === 0) return true;
    for (const entry of page) if (entry.type !== EntryType.normal) return true;
    at += page.length;
  }
  return false;
}

/** True when a request for votes of a higher term must be ignored: this node heard from a leader within an election timeout. */
export function isInLease(raft: Raft, request: Message): boolean {
  if (!raft.config.checkQuorum || raft.leader === noNode) return false;
  return raft.electionElapsed < raft.config.electionTick && !isTransfer(request);
}

/**
 * Votes. A learner votes too: it may have been promoted without knowing it, and its vote may be the one that is needed.
 * The answer carries the term asked for, because a pre-candidate asks for a term that nobody has yet.
 */
export function takeVoteRequest(raft: Raft, request: Message): void {
  const pre = request.type === MessageType.preVote;
  const mayVote =
    raft.vote === request.from || (raft.vote === noNode && raft.leader === noNode) || (pre && request.term > raft.term);
  const granted = mayVote && raft.log.isUpToDate({ index: request.index, term: request.logTerm });
  const answer = newMessage(pre ? MessageType.preVoteResp : MessageType.voteResp, request.from);
  answer.term = granted ? request.term : raft.term;
  answer.reject = !granted;
  send(raft, answer);
  if (granted && !pre) {
    raft.electionElapsed = 0;
    raft.vote = request.from;
  }
}

function isTransfer({ context }: Message): boolean {
  return context.length === transferContext.length && context.every((byte, i) => byte === transferContext[i]);
}
