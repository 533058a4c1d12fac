// Proposals on the leader. A membership change is let through only when the one before it is applied, and only when it fits
// the membership in force: otherwise an empty entry takes its place, so that the proposer sees it committed and not applied.

import {
  asConfChangeV2,
  type ConfChange,
  type ConfChangeV2,
  decodeConfChange,
  decodeConfChangeV2,
  isJoint,
} from "../conf-change/index.ts";
import { type Entry, EntryType, noBytes, noNode } from "../types.ts";
import { appendOwnEntries } from "./append-own-entries.ts";
import type { Raft } from "./raft.ts";
import { broadcastAppend } from "./replication.ts";

/** Whether a proposal was taken (by this node or by the leader it was passed to), or dropped for the proposer to try again. */
export type ProposeResult = "accepted" | "dropped";

/** Takes entries on the leader; the entries become the log's. All of them are taken, or none. */
export function proposeOnLeader(raft: Raft, entries: Entry[]): ProposeResult {
  if (entries.length === 0) return "dropped";
  // A removed leader knows no quorum for new entries, and one that transfers leadership must not grow its log any more.
  if (raft.tracker.progress(raft.id) === undefined || raft.transferee !== noNode) return "dropped";
  screenConfChanges(raft, entries);
  if (!appendOwnEntries(raft, entries)) return "dropped";
  broadcastAppend(raft);
  return "accepted";
}

function screenConfChanges(raft: Raft, entries: Entry[]): void {
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    if (entry.type === EntryType.normal) continue;
    const problem = confChangeProblem(raft, entry);
    if (problem === undefined) {
      raft.pendingConfIndex = raft.log.lastIndex() + i + 1;
    } else {
      raft.config.logger?.info(`${raft.id} ignores a membership change: ${problem}`);
      entry.type = EntryType.normal;
      entry.data = noBytes;
    }
  }
}

function confChangeProblem(raft: Raft, entry: Entry): string | undefined {
  const change = decodeEntry(entry);
  if (change === undefined) return "it cannot be decoded";
  if (raft.config.disableConfChangeValidation) return undefined;
  const { applied } = raft.log.cursor;
  if (raft.pendingConfIndex > applied) return `one at ${raft.pendingConfIndex} may be unapplied, applied is ${applied}`;
  const leaves = asConfChangeV2(change).changes.length === 0;
  if (isJoint(raft.tracker.confState)) return leaves ? undefined : "the joint config must be left first";
  return leaves ? "there is no joint config to leave" : undefined;
}

function decodeEntry({ type, data }: Entry): ConfChange | ConfChangeV2 | undefined {
  return type === EntryType.confChange ? decodeConfChange(data) : decodeConfChangeV2(data);
}
