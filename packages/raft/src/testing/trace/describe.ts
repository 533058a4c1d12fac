// How traces print what nodes do: one line per message, entry and state, in etcd's words.

import { decodeConfChange, decodeConfChangeV2 } from "../../conf-change/index.ts";
import { appendThread, applyThread, type Message, MessageType } from "../../message.ts";
import type { Ready } from "../../ready.ts";
import {
  type ConfState,
  type Entry,
  EntryType,
  type HardState,
  noNode,
  type Role,
  type Snapshot,
} from "../../types.ts";
import { formatConfChanges } from "./conf-change-text.ts";
import { goQuote } from "./go-quote.ts";

/** The names of roles in traces. */
export const roleNames: Record<Role, string> = {
  follower: "StateFollower",
  candidate: "StateCandidate",
  leader: "StateLeader",
  "pre-candidate": "StatePreCandidate",
};

/** The names of message types in traces, by number. */
export const messageTypeNames: readonly string[] = Object.entries(MessageType)
  .sort(([, a], [, b]) => a - b)
  .map(([name]) => `Msg${name[0]!.toUpperCase()}${name.slice(1)}`);

const entryTypeNames = ["EntryNormal", "EntryConfChange", "EntryConfChangeV2"];

/** Describes one batch of work. */
export function describeReady(ready: Ready): string {
  const lines: string[] = [];
  if (ready.softState !== undefined) {
    lines.push(`Lead:${ready.softState.leader} State:${roleNames[ready.softState.role]}`);
  }
  if (ready.hardState !== undefined) lines.push(`HardState ${describeHardState(ready.hardState)}`);
  if (ready.readStates.length > 0) {
    lines.push(
      `ReadStates [${ready.readStates.map(({ index, context }) => `{${index} [${[...context].join(" ")}]}`).join(" ")}]`,
    );
  }
  if (ready.entries.length > 0) lines.push("Entries:", ...ready.entries.map(describeEntry));
  if (ready.snapshot !== undefined) lines.push(`Snapshot ${describeSnapshot(ready.snapshot)}`);
  if (ready.committedEntries.length > 0) lines.push("CommittedEntries:", ...ready.committedEntries.map(describeEntry));
  if (ready.messages.length > 0) lines.push("Messages:", ...ready.messages.map((message) => describeMessage(message)));
  if (lines.length === 0) return "<empty Ready>";
  return [`Ready MustSync=${ready.mustSync}:`, ...lines, ""].join("\n");
}

/** Describes a message, over several lines when it carries several entries, a snapshot or responses. */
export function describeMessage(message: Message, indent = ""): string {
  const { from, to, type, term, logTerm, index } = message;
  let text = `${indent}${describeTarget(from)}->${describeTarget(to)} ${messageTypeNames[type]} Term:${term} Log:${logTerm}/${index}`;
  if (message.reject) text += ` Rejected (Hint: ${message.rejectHint})`;
  if (message.commit !== 0) text += ` Commit:${message.commit}`;
  if (message.vote !== noNode) text += ` Vote:${message.vote}`;
  text += describeMessageEntries(message.entries, indent);
  if (message.snapshot !== undefined && message.snapshot.metadata.index !== 0) {
    text += `\n${indent}  Snapshot: ${describeSnapshot(message.snapshot)}`;
  }
  if (message.responses.length > 0) {
    const responses = message.responses.map((response) => `\n${describeMessage(response, `${indent}  `)}`);
    text += ` Responses:[${responses.join("")}\n${indent}]`;
  }
  return text;
}

function describeMessageEntries(entries: readonly Entry[], indent: string): string {
  if (entries.length === 0) return "";
  if (entries.length === 1) return ` Entries:[${describeEntry(entries[0]!)}]`;
  return ` Entries:[${entries.map((entry) => `\n${indent}  ${describeEntry(entry)}`).join("")}\n${indent}]`;
}

/** Describes an entry: term, index, type and content. */
export function describeEntry(entry: Entry): string {
  const content = describeContent(entry);
  return `${entry.term}/${entry.index} ${entryTypeNames[entry.type]}${content === "" ? "" : ` ${content}`}`;
}

function describeContent({ type, data }: Entry): string {
  if (type === EntryType.normal) return goQuote(data);
  if (type === EntryType.confChange) {
    const change = decodeConfChange(data);
    return change === undefined ? "undecodable" : formatConfChanges([change]);
  }
  const change = decodeConfChangeV2(data);
  return change === undefined ? "undecodable" : formatConfChanges(change.changes);
}

function describeHardState({ term, vote, commit }: HardState): string {
  return `Term:${term}${vote === noNode ? "" : ` Vote:${vote}`} Commit:${commit}`;
}

function describeSnapshot({ metadata }: Snapshot): string {
  return `Index:${metadata.index} Term:${metadata.term} ConfState:${describeConfState(metadata.confState)}`;
}

function describeConfState({ voters, votersOutgoing, learners, learnersNext, autoLeave }: ConfState): string {
  const list = (ids: readonly bigint[]) => `[${ids.join(" ")}]`;
  return `Voters:${list(voters)} VotersOutgoing:${list(votersOutgoing)} Learners:${list(learners)} LearnersNext:${list(learnersNext)} AutoLeave:${autoLeave}`;
}

function describeTarget(id: bigint): string {
  if (id === noNode) return "None";
  if (id === appendThread) return "AppendThread";
  return id === applyThread ? "ApplyThread" : id.toString(16);
}
