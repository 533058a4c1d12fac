/**
 * Makes a started member known: its name and client URLs go into the replicated membership, and the leader records the
 * cluster's version. Until that is applied the member serves no clients, so whatever it answers is from a joined, caught-up state.
 */
import { membershippb } from "@etcd-ts/proto";
import type { Member } from "./member.ts";

/** Resolves when the member's attributes are applied and the cluster has a version; tries until the member stops. */
export async function publishSelf(member: Member): Promise<void> {
  while (member.failure === undefined && !member.stopping) {
    if (await publishOnce(member)) return member.cluster.versionDecided();
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
