// What happens when the application has applied something, or the storage has made something durable.

import { entriesSize, payloadsSize } from "../codec/index.ts";
import type { Message } from "../message.ts";
import { EntryType, Role } from "../types.ts";
import { newEntry, releaseSize } from "./append-own-entries.ts";
import { proposeOnLeader } from "./proposals.ts";
import type { Raft } from "./raft.ts";

/** Takes the storage's answer: entries and perhaps a snapshot are durable. */
export function takeAppendDone(raft: Raft, answer: Message): void {
  if (answer.index !== 0) raft.log.unstable.stableTo(answer.index, answer.logTerm);
  takeSnapshotDone(raft, answer);
}

/** Takes the part of the storage's answer that stays true in any term: a snapshot is committed state. */
export function takeSnapshotDone(raft: Raft, { snapshot }: Message): void {
  if (snapshot === undefined) return;
  raft.log.unstable.stableSnapshotTo(snapshot.metadata.index);
  appliedTo(raft, snapshot.metadata.index, 0);
}

/** Takes the application's answer: committed entries are applied. */
export function takeApplyDone(raft: Raft, { entries }: Message): void {
  const last = entries[entries.length - 1];
  if (last === undefined) return;
  appliedTo(raft, last.index, raft.log.cursor.limited ? entriesSize(entries) : 0);
  releaseSize(raft, payloadsSize(entries));
}

function appliedTo(raft: Raft, index: number, sizeBytes: number): void {
  const applied = Math.max(index, raft.log.cursor.applied);
  raft.log.appliedTo(applied, sizeBytes);
  if (raft.role !== Role.leader || !raft.tracker.confState.autoLeave || applied < raft.pendingConfIndex) return;
  // No bytes at all are a change that leaves the joint config, and have no size that could be refused. During a transfer
  // of leadership the proposal is dropped; then the next applied entry, or the next leader, tries again.
  proposeOnLeader(raft, [newEntry(EntryType.confChangeV2)]);
}
