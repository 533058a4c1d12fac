/**
 * Makes a started member known: its name and client URLs go into the replicated membership, and the leader records the
 * cluster's version. Until that is applied the member serves no clients, so whatever it answers is from a joined, caught-up state.
 */
import { membershippb } from "@etcd-ts/proto";
import type { Member } from "./member.ts";

/** Resolves when the member's attributes and the cluster version are applied; tries until the member stops. */
export async function publishSelf(member: Member): Promise<void> {
  while (member.failure === undefined && !member.stopping) {
    if ((await publishOnce(member)) && (await recordVersion(member))) return;
  }
  throw member.failure ?? new Error("the member stopped before it was published");
}

function publishOnce(member: Member): Promise<boolean> {
  const { name, advertiseClientUrls } = member.options;
  const request = membershippb.ClusterMemberAttrSetRequest.encode({
    memberId: member.memberId,
    memberAttributes: { name, clientUrls: [...advertiseClientUrls] },
  });
  return new Promise((resolve) =>
    member.propose("clusterMemberAttrSet", request, (error) => resolve(error === undefined)),
  );
}

function recordVersion(member: Member): Promise<boolean> {
  const version = clusterVersionOf(member.options.version);
  if (member.membership.clusterVersion === version || !member.isLeader) return Promise.resolve(true);
  const request = membershippb.ClusterVersionSetRequest.encode({ ver: version });
  return new Promise((resolve) =>
    member.propose("clusterVersionSet", request, (error) => resolve(error === undefined)),
  );
}

/** The cluster version of a release: its minor version, `3.7.0` for `3.7.1`. */
export function clusterVersionOf(release: string): string {
  const [major, minor] = release.split(".");
  return `${major}.${minor}.0`;
}
