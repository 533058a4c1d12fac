/** What the peer port of 2.3 and 3.4 shows besides the traffic of members: who they are. */

import { quote } from "../../lib/go-json.ts";
import type { HttpRoute } from "../../ports/index.ts";
import { jsonAnswer, refuseMethod } from "./answers.ts";
import type { ClusterMember, V2Member } from "./v2-member.ts";

/** Answers `/members` of a peer port: joining members ask for it. */
export function createPeerMembers(member: V2Member): HttpRoute {
  return (request) => {
    if (request.path !== "/members") return undefined;
    const headers = { "X-Etcd-Cluster-Id": member.clusterId.toString(16) };
    const body = `[${member.members().map(formatPeer).join(",")}]\n`;
    return refuseMethod(request.method, ["GET"]) ?? jsonAnswer(200, body, headers);
  };
}

/** Ids are numbers here, and what is empty is left out. */
function formatPeer({ id, name, peerUrls, clientUrls }: ClusterMember): string {
  const nameField = name === "" ? "" : `,"name":${quote(name)}`;
  const clients = clientUrls.length === 0 ? "" : `,"clientURLs":[${clientUrls.map(quote).join(",")}]`;
  return `{"id":${id},"peerURLs":[${peerUrls.map(quote).join(",")}]${nameField}${clients}}`;
}
