// What a leader sends: entries, snapshots to those who need entries that are gone, and heartbeats (Raft paper, 5.2, 5.3, 7).

import { payloadsSize } from "../codec/index.ts";
import { fail } from "../invariant.ts";
import { MessageType, newMessage } from "../message.ts";
import { type Progress, ProgressState } from "../tracker/index.ts";
import type { Entry } from "../types.ts";
import { send } from "./outbox.ts";
import type { Raft } from "./raft.ts";

/** Sends a follower what it is missing and the commit index; false when the follower is paused. */
export function sendAppend(raft: Raft, to: Progress): boolean {
  return sendAppendIf(raft, to, true);
}

/** Like `sendAppend`, but sends nothing when there are no entries to send. */
export function sendNewEntries(raft: Raft, to: Progress): boolean {
  return sendAppendIf(raft, to, false);
}

function sendAppendIf(raft: Raft, to: Progress, evenEmpty: boolean): boolean {
  if (to.paused) return false;
  const prevIndex = to.next - 1;
  const prevTerm = raft.log.term(prevIndex);
  if (typeof prevTerm === "string") return sendSnapshot(raft, to);
  const entries = nextEntries(raft, to);
  if (entries === undefined) return evenEmpty && sendSnapshot(raft, to);
  if (entries.length === 0 && !evenEmpty) return false;
  const message = newMessage(MessageType.app, to.id);
  message.index = prevIndex;
  message.logTerm = prevTerm;
  message.entries = entries;
  message.commit = raft.log.committed;
  send(raft, message);
  to.sentEntries(entries.length, payloadsSize(entries));
  to.sentCommit = raft.log.committed;
  return true;
}

/**
 * The entries to send next; none while the inflight window is full, undefined when they are compacted. An append without
 * entries still goes through a full window: if everything in flight was lost, it is what brings the follower back.
 */
function nextEntries(raft: Raft, to: Progress): Entry[] | undefined {
  if (to.state === ProgressState.replicate && to.inflights.full) return [];
  const entries = raft.log.entriesFrom(to.next, raft.config.maxSizePerMsg);
  return typeof entries === "string" ? undefined : entries;
}

function sendSnapshot(raft: Raft, to: Progress): boolean {
  // A snapshot is too much work for a node that may be down.
  if (!to.recentActive) return false;
  const snapshot = raft.log.snapshot();
  if (snapshot === "snapshot-temporarily-unavailable") return false;
  if (typeof snapshot === "string") fail(`snapshot for ${to.id} is ${snapshot}`);
  if (snapshot.metadata.index === 0) fail(`snapshot for ${to.id} is empty`);
  to.becomeSnapshot(snapshot.metadata.index);
  const message = newMessage(MessageType.snap, to.id);
  message.snapshot = snapshot;
  send(raft, message);
  raft.config.logger?.debug(`${raft.id} sent snapshot ${snapshot.metadata.index} to ${to.id}`);
  return true;
}

/** Sends every other node what it is missing and the commit index. */
export function broadcastAppend(raft: Raft): void {
  for (const progress of raft.tracker.all) if (progress.id !== raft.id) sendAppend(raft, progress);
}

/** Sends every other node what it is missing, if anything. */
export function broadcastNewEntries(raft: Raft): void {
  for (const progress of raft.tracker.all) if (progress.id !== raft.id) sendNewEntries(raft, progress);
}

/** Tells every other node that this one leads, and asks for an echo when reads wait for it. */
export function broadcastHeartbeat(raft: Raft): void {
  const context = raft.readOnly.heartbeatContext();
  for (const progress of raft.tracker.all) if (progress.id !== raft.id) sendHeartbeat(raft, progress, context);
}

/** A heartbeat may commit only what the follower is known to hold: its log may differ beyond. */
function sendHeartbeat(raft: Raft, to: Progress, context: Uint8Array): void {
  const commit = Math.min(to.match, raft.log.committed);
  const message = newMessage(MessageType.heartbeat, to.id);
  message.commit = commit;
  message.context = context;
  send(raft, message);
  to.sentCommit = commit;
}

/** Commits what a quorum holds; true when the commit index moved, and everybody should hear of it. */
export function maybeCommit(raft: Raft): boolean {
  return raft.log.maybeCommit(raft.tracker.committedIndex(), raft.term);
}
