/**
 * `--force-new-cluster`: the way back when the quorum is lost for good. The log is continued with membership changes that take
 * everybody else out, as if they had been committed; the core, the store and the membership then follow the log as always.
 * Data, member id and cluster id stay. A log that does not know this member is a backup, which `etcdctl` gave another
 * identity: the member is added first, without addresses, because those it takes over may still be another's.
 *
 * What nobody can know to be committed is dropped, as in etcd; what the store holds or a snapshot covers is known to be, even when
 * the commit index in the log lags behind it. In a log that is this member's alone everything is committed.
 *
 * Crash safety: one synced append is all that is written. Torn, it leaves a tail that is not committed, and the next try
 * begins anew; whole, it leaves a cluster of one, and the next try finds nothing to do.
 */
import {
  type ConfChange,
  ConfChangeType,
  type ConfState,
  type Entry,
  EntryType,
  encodeConfChange,
  type HardState,
  noBytes,
} from "@etcd-ts/raft";
import { decodeCommittedChange } from "../machine/index.ts";
import {
  compareIds,
  encodeConfigChangeContext,
  encodeMember,
  formatId,
  type ReadonlyMember,
} from "../membership/index.ts";
import type { Logger } from "../ports/index.ts";
import type { MemberStorage } from "./open-storage.ts";

/** The stored state that is to become a cluster of one. */
export interface ForcedStart {
  readonly storage: Pick<MemberStorage, "identity" | "raftLog" | "wal">;
  /** What the store holds. */
  readonly members: readonly ReadonlyMember[];
  readonly appliedIndex: number;
  /** Where this member is reached, for a log that does not know it. */
  readonly peerUrls: readonly string[];
  readonly log: Logger;
}

/** Makes a cluster of one of what is on disk; throws, with nothing written, when this member is none of the cluster's. */
export async function forceNewCluster(start: ForcedStart): Promise<void> {
  const { raftLog, identity, wal } = start.storage;
  const known = committedGroup(start);
  const lost = raftLog.lastIndex() - known.commit;
  const { log } = start;
  if (lost > 0) {
    log.info("discarding uncommitted WAL entries", {
      "commit-index": known.commit,
      "number-of-discarded-entries": lost,
    });
  }
  const { term, vote } = raftLog.initialState().hardState;
  const entries = changesTo(start, known).map((change, i): Entry => {
    return { term, index: known.commit + 1 + i, type: EntryType.confChange, data: encodeConfChange(change) };
  });
  const hardState: HardState = { term, vote, commit: known.commit + entries.length };
  await new Promise<void>((resolve, reject) => {
    wal.append({ hardState, entries, mustSync: true }, (error) => (error === undefined ? resolve() : reject(error)));
  });
  raftLog.append(entries);
  raftLog.setHardState(hardState);
  log.info("forcing restart member", {
    "cluster-id": formatId(identity.clusterId),
    "local-member-id": formatId(identity.memberId),
    "commit-index": hardState.commit,
  });
}

type Standing = "voter" | "learner" | "removed";

/** What is known to be committed, and who belonged to the group there. */
interface CommittedGroup {
  readonly commit: number;
  readonly standings: ReadonlyMap<bigint, Standing>;
}

function committedGroup({ storage, appliedIndex }: ForcedStart): CommittedGroup {
  const { raftLog, identity } = storage;
  const { hardState, confState } = raftLog.initialState();
  if (confState.votersOutgoing.length > 0) {
    throw new Error("--force-new-cluster: the log begins in the middle of a membership change of several members");
  }
  const standings = standingsOf(confState);
  const firstIndex = raftLog.firstIndex();
  const known = Math.max(hardState.commit, appliedIndex, firstIndex - 1);
  let commit = firstIndex - 1;
  for (const entry of entriesOf(raftLog)) {
    if (entry.index > known && !isAlone(standings, identity.memberId)) break;
    if (entry.type !== EntryType.normal) follow(standings, entry);
    commit = entry.index;
  }
  return { commit, standings };
}

function standingsOf({ voters, learners }: ConfState): Map<bigint, Standing> {
  const standings = new Map<bigint, Standing>();
  for (const id of voters) standings.set(id, "voter");
  for (const id of learners) standings.set(id, "learner");
  return standings;
}

function entriesOf(raftLog: MemberStorage["raftLog"]): readonly Entry[] {
  if (raftLog.lastIndex() < raftLog.firstIndex()) return [];
  const entries = raftLog.entries(raftLog.firstIndex(), raftLog.lastIndex() + 1, Number.POSITIVE_INFINITY);
  if (typeof entries === "string") throw new Error(`--force-new-cluster: the log cannot be read: ${entries}`);
  return entries;
}

function follow(standings: Map<bigint, Standing>, entry: Entry): void {
  for (const { type, nodeId } of decodeCommittedChange(entry).raft.changes) {
    if (type === ConfChangeType.addNode) standings.set(nodeId, "voter");
    else if (type === ConfChangeType.addLearnerNode) standings.set(nodeId, "learner");
    else if (type === ConfChangeType.removeNode) standings.set(nodeId, "removed");
  }
}

/** Whether this member is the only one that votes. */
function isAlone(standings: ReadonlyMap<bigint, Standing>, self: bigint): boolean {
  const voters = [...standings].filter(([, standing]) => standing === "voter");
  return voters.length === 1 && voters[0]![0] === self;
}

/** This member must vote before the last of the others goes: a group is never without a voter. */
function changesTo({ storage, members, peerUrls }: ForcedStart, { standings }: CommittedGroup): ConfChange[] {
  const self = storage.identity.memberId;
  const standing = standings.get(self);
  if (standing === "removed") {
    throw new Error(
      `--force-new-cluster: member ${formatId(self)} does not belong to the cluster in its data directory`,
    );
  }
  const others = new Set([...members.map(({ id }) => id), ...standings.keys()]);
  const removals = [...others]
    .filter((id) => id !== self && standings.get(id) !== "removed")
    .sort(compareIds)
    .map((nodeId): ConfChange => ({ id: 0n, type: ConfChangeType.removeNode, nodeId, context: noBytes }));
  if (standing === undefined) return [addition(self), ...removals, movedTo(self, peerUrls)];
  return standing === "learner" ? [promotion(self), ...removals] : removals;
}

function addition(id: bigint): ConfChange {
  const context = encodeConfigChangeContext({ member: unnamed(id, []), isPromote: false });
  return { id: 0n, type: ConfChangeType.addNode, nodeId: id, context };
}

function movedTo(id: bigint, peerUrls: readonly string[]): ConfChange {
  return { id: 0n, type: ConfChangeType.updateNode, nodeId: id, context: encodeMember(unnamed(id, peerUrls)) };
}

function unnamed(id: bigint, peerUrls: readonly string[]): ReadonlyMember {
  return { id, name: "", peerUrls, clientUrls: [], isLearner: false };
}

function promotion(id: bigint): ConfChange {
  const context = encodeConfigChangeContext({ member: unnamed(id, []), isPromote: true });
  return { id: 0n, type: ConfChangeType.addNode, nodeId: id, context };
}
