// A leader's appends to its own log. The leader counts itself like any follower: it acknowledges its entries with a message
// to itself that is delivered once they are durable, so that it may send them to others while it still writes them
// (Raft thesis, section 10.2.1).

import { payloadsSize } from "../codec/index.ts";
import { MessageType, newMessage } from "../message.ts";
import { type Entry, EntryType, noBytes } from "../types.ts";
import { send } from "./outbox.ts";
import type { Raft } from "./raft.ts";

/** Builds an entry that has no place in the log yet. */
export function newEntry(type: EntryType = EntryType.normal, data: Uint8Array = noBytes): Entry {
  return { term: 0, index: 0, type, data };
}

/** Gives entries their places at the end of the log and takes them over; false when too much is uncommitted already. */
export function appendOwnEntries(raft: Raft, entries: Entry[]): boolean {
  if (!admitSize(raft, payloadsSize(entries))) return false;
  let index = raft.log.lastIndex();
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    entry.term = raft.term;
    entry.index = ++index;
  }
  raft.log.append(entries);
  const acknowledgement = newMessage(MessageType.appResp, raft.id);
  acknowledgement.index = index;
  send(raft, acknowledgement);
  return true;
}

/** Counts a proposal against the limit. The first is always admitted whatever its size, and empty entries are free. */
function admitSize(raft: Raft, sizeBytes: number): boolean {
  const total = raft.uncommittedSize + sizeBytes;
  if (raft.uncommittedSize > 0 && sizeBytes > 0 && total > raft.config.maxUncommittedEntriesSize) return false;
  raft.uncommittedSize = total;
  return true;
}

/** Takes applied entries off the count; it is an estimate that must not exceed the truth, so it stops at zero. */
export function releaseSize(raft: Raft, sizeBytes: number): void {
  raft.uncommittedSize = Math.max(0, raft.uncommittedSize - sizeBytes);
}
