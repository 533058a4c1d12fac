/**
 * Reads a membership change out of a committed raft entry. The node ids and types are raft's; who the member is (name,
 * URLs, learner or not) stands in the entry's context as etcd writes it.
 */
import {
  asConfChangeV2,
  type ConfChange,
  ConfChangeType,
  type ConfChangeV2,
  decodeConfChange,
  decodeConfChangeV2,
  type Entry,
  EntryType,
} from "@etcd-ts/raft";
import { assert } from "../lib/assert.ts";
import { decodeConfigChangeContext, type MembershipChange } from "../membership/index.ts";

/** A change as raft applies it, and what it means for the membership; no meaning: it only ends a joint configuration. */
export interface CommittedChange {
  readonly raft: ConfChangeV2;
  /** Number by which the proposer knows it; 0n when the entry has none. */
  readonly id: bigint;
  readonly change: MembershipChange | undefined;
  /** A founder of a cluster that keeps no members in the v2 tree, as before 2.0. */
  readonly legacy: boolean;
}

/** Decodes the entry; throws when its context cannot be read, because members could then no longer agree. */
export function decodeCommittedChange(entry: Entry): CommittedChange {
  if (entry.type === EntryType.confChangeV2) {
    const raft = decodeConfChangeV2(entry.data);
    assert(raft !== undefined, () => `entry ${entry.index} is no membership change`);
    return { raft, id: 0n, change: undefined, legacy: false };
  }
  const change = decodeConfChange(entry.data);
  assert(change !== undefined, () => `entry ${entry.index} is no membership change`);
  return { raft: asConfChangeV2(change), id: change.id, ...meaningOf(change) };
}

function meaningOf({ type, nodeId, context }: ConfChange): { change: MembershipChange; legacy: boolean } {
  if (type === ConfChangeType.removeNode) return { change: { type: "remove", id: nodeId }, legacy: false };
  const decoded = decodeConfigChangeContext(context, nodeId);
  if (!decoded.ok) throw new Error(`membership change of ${nodeId.toString(16)}: ${decoded.error}`);
  const { member, isPromote, legacy } = decoded.value;
  const update: MembershipChange = { type: "update", id: nodeId, peerUrls: member.peerUrls };
  if (type === ConfChangeType.updateNode) return { change: update, legacy };
  return { change: isPromote ? { type: "promote", id: nodeId } : { type: "add", member }, legacy };
}
