// Where messages leave a node. A message that grants a vote or acknowledges entries is a promise that survives a crash, so
// it waits until everything it relies on is durable (Raft thesis, section 3.8); all others may leave at once, even before
// the local disk has the same entries.

import { fail } from "../invariant.ts";
import { type Message, MessageType } from "../message.ts";
import { noNode } from "../types.ts";
import type { Raft } from "./raft.ts";

/** Stamps a message with its sender and term, and queues it. */
export function send(raft: Raft, message: Message): void {
  if (message.from === noNode) message.from = raft.id;
  switch (message.type) {
    case MessageType.vote:
    case MessageType.preVote:
      if (message.term === 0) fail(`campaign message of type ${message.type} without a term`);
      break;
    case MessageType.voteResp:
    case MessageType.preVoteResp:
      if (message.term === 0) fail(`vote of type ${message.type} without a term`);
      raft.messagesAfterAppend.push(message);
      return;
    case MessageType.appResp:
      message.term = raft.term;
      raft.messagesAfterAppend.push(message);
      return;
    case MessageType.prop:
    case MessageType.readIndex:
      // Forwarded requests belong to no term, so that a leader takes them whatever its term.
      message.term = 0;
      break;
    default:
      message.term = raft.term;
  }
  if (message.to === raft.id) fail(`message of type ${message.type} to itself`);
  raft.messages.push(message);
}

/** Passes a request on to the leader, unchanged but for its addressee. */
export function forward(raft: Raft, message: Message): void {
  send(raft, { ...message, to: raft.leader });
}
