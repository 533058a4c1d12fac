/**
 * What members write into the log about themselves and the cluster: a started member's name and client URLs, and the version that
 * the leader found all members to be fit for. Until both are applied a member serves no clients, so whatever it answers is from a
 * joined, caught-up state.
 *
 * Two forms of each: requests of v3, which releases from 3.5 on know, and writes to the v2 tree, which older ones have instead. A
 * member of etcd 3.4 that finds a v3 request it does not know in the log panics, and again at every start: nothing of the new
 * form may be written before the whole cluster is known to understand it.
 */
import { membershippb, type Request } from "@etcd-ts/proto";
import type { Clock } from "../ports/index.ts";
import { recordAttributes, recordClusterVersion } from "../v2/index.ts";
import type { Member } from "./member.ts";
import { compareClusterVersions } from "./version-monitor.ts";

/** All members of a cluster of this version know the requests of v3. */
const firstVersionWithRequests = "3.5.0";

/**
 * Resolves when the cluster has a version and the member's attributes are applied; tries until the member stops, a heartbeat after
 * each failure. Without that pause a member that knows no leader would never hear of one: a proposal is refused at once then.
 */
export async function publishSelf(member: Member, clock: Clock): Promise<void> {
  await member.cluster.versionDecided();
  while (member.failure === undefined && !member.stopping) {
    if (await publishOnce(member)) return;
    await new Promise<void>((resolve) => clock.setTimer(member.options.heartbeatMs, resolve));
  }
  throw member.failure ?? new Error("the member stopped before it was published");
}

function publishOnce(member: Member): Promise<boolean> {
  const { name, advertiseClientUrls } = member.options;
  const { clusterVersion } = member.membership;
  const clientUrls = [...advertiseClientUrls];
  if (!knowsRequests(clusterVersion))
    return proposeV2(member, recordAttributes({ id: member.memberId, name, clientUrls }));
  const request = membershippb.ClusterMemberAttrSetRequest.encode({
    memberId: member.memberId,
    memberAttributes: { name, clientUrls },
  });
  return new Promise((resolve) =>
    member.propose("clusterMemberAttrSet", request, (error) => resolve(error === undefined)),
  );
}

/** Writes down a version of the cluster; resolves when that was applied or given up. */
export async function proposeVersion(member: Member, version: string): Promise<void> {
  if (!knowsRequests(version)) {
    await proposeV2(member, recordClusterVersion(version));
    return;
  }
  const request = membershippb.ClusterVersionSetRequest.encode({ ver: version });
  await new Promise<void>((resolve) => member.propose("clusterVersionSet", request, () => resolve()));
}

function knowsRequests(clusterVersion: string | undefined): boolean {
  return clusterVersion !== undefined && compareClusterVersions(clusterVersion, firstVersionWithRequests) >= 0;
}

function proposeV2(member: Member, request: Request): Promise<boolean> {
  return new Promise((resolve) => member.proposeV2(request, (error) => resolve(error === undefined)));
}
