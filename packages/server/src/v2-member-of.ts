/** A member as the HTTP APIs before v3 see it. */
import { EtcdError, type EtcdErrorCode, etcdError, type Request } from "@etcd-ts/proto";
import type { ClusterMember, MembershipOutcome, SelfStats, V2Member } from "./api/v2/index.ts";
import type { ChangeOutcome, Member } from "./member/index.ts";
import type { PeerStats } from "./peer/index.ts";
import type { AppendCounts, AppendRates, Clock } from "./ports/index.ts";
import { type V2Result, v2Methods } from "./v2/index.ts";

/** What the view needs besides the member. */
export interface V2MemberParts {
  readonly clock: Clock;
  readonly stats: PeerStats | undefined;
}

/** Makes the view; it holds nothing of its own but the time it was made, which is told as the member's start. */
export function v2MemberOf(member: Member, { clock, stats }: V2MemberParts): V2Member {
  const startTimeMs = clock.wallMs();
  const { v2, membership } = member;
  return {
    id: member.memberId,
    clusterId: member.clusterId,
    index: () => v2.index,
    raftIndex: () => member.raftStatus().commit,
    raftTerm: () => member.term,
    nowMs: () => clock.wallMs(),
    propose: (request) => propose(member, request),
    read: (options) => v2.read(options),
    peek: (path) => v2.peek(path),
    watch: (options) => v2.watch(options),
    members: () => membership.members,
    leaderId: () => (member.leaderId === 0n ? undefined : member.leaderId),
    addMember: (peerUrls) => addMember(member, peerUrls),
    removeMember: async (id) => outcomeOf(await member.cluster.changes.remove(id), { member, id }),
    updateMember: async (id, peerUrls) => outcomeOf(await member.cluster.changes.update(id, peerUrls), { member, id }),
    storeStats: () => v2.stats,
    keysSnapshot: () => member.stateReader.keys(),
    selfStats: () => selfStats(member, { startTimeMs, appends: stats?.appends ?? noAppends }),
    followerStats: () => (member.isLeader ? (stats?.followers ?? []) : undefined),
  };
}

/** What a node costs in the live store beyond its path and value. */
const nodeOverheadBytes = 256;

/** What a request adds to the live store at most, about; removals are the way out of a full one, and cost nothing. */
function costBytes({ method, path, val }: Request): number {
  const grows = method === v2Methods.put || method === v2Methods.post || method === v2Methods.compareAndSwap;
  return grows ? nodeOverheadBytes + path.length + val.length : 0;
}

function propose(member: Member, request: Request): Promise<V2Result> {
  if (!member.admits(costBytes(request))) return Promise.reject(etcdError("noSpace"));
  return new Promise((resolve, reject) => {
    member.proposeV2(request, (error, result) => {
      if (error !== undefined) reject(asBefore3(error));
      else resolve(result ?? {});
    });
  });
}

/** A request that found no leader in time is a timeout like any other; only v3 tells the two apart. */
function asBefore3(error: Error): Error {
  return error instanceof EtcdError && error.code === "contextDeadlineExceeded" ? etcdError("timeout") : error;
}

async function addMember(
  member: Member,
  peerUrls: readonly string[],
): Promise<ClusterMember | Exclude<MembershipOutcome, "done">> {
  const outcome = await member.cluster.changes.add({ peerUrls, isLearner: false });
  return outcome instanceof Error ? refusalOf(outcome, { member, id: 0n }) : outcome.member;
}

function outcomeOf(outcome: ChangeOutcome, of: { member: Member; id: bigint }): MembershipOutcome {
  return outcome instanceof Error ? refusalOf(outcome, of) : "done";
}

const refusals: Partial<Record<EtcdErrorCode, Exclude<MembershipOutcome, "done">>> = {
  memberExist: "idExists",
  peerUrlExist: "peerUrlExists",
  memberNotFound: "notFound",
};

/** What clients are told by name; anything else is thrown. */
function refusalOf(error: Error, { member, id }: { member: Member; id: bigint }): Exclude<MembershipOutcome, "done"> {
  const known = error instanceof EtcdError ? refusals[error.code] : undefined;
  if (known === undefined) throw error instanceof EtcdError ? error : etcdError("stopped");
  return known === "notFound" && member.membership.isRemoved(id) ? "removed" : known;
}

const noAppends = { sendAppendRequestCount: 0, recvAppendRequestCount: 0 };

interface SelfFigures {
  readonly startTimeMs: number;
  readonly appends: AppendCounts & Partial<AppendRates>;
}

function selfStats(member: Member, { startTimeMs, appends }: SelfFigures): SelfStats {
  return { isLeader: member.isLeader, startTimeMs, leaderStartTimeMs: member.leaderSinceMs, ...appends };
}
