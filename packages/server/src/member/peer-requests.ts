/**
 * What a member answers other members' one-off requests with: who belongs to the cluster, which versions are in use, and
 * what only the leader can say about leases and learners. Paths, statuses and texts are etcd's.
 */
import { EtcdError, LeaseKeepAliveRequest, LeaseKeepAliveResponse, leasepb, type ResponseHeader } from "@etcd-ts/proto";
import { encodeMembers } from "../membership/index.ts";
import type { PeerAnswer, PeerRequest } from "../ports/index.ts";
import type { Member } from "./member.ts";

const promotePrefix = "/members/promote/";
const noHeader: ResponseHeader = { clusterId: 0n, memberId: 0n, revision: 0, raftTerm: 0 };

/** Answers one request. */
export async function answerPeer(member: Member, request: PeerRequest): Promise<PeerAnswer> {
  const { method, path } = request;
  if (method === "GET") {
    if (path === "/members") return json(200, encodeMembers(member.membership.members));
    if (path === "/version") return json(200, versionsOf(member));
    return text(404, "404 page not found");
  }
  if (path === "/leases") return keepAlive(member, request.body);
  if (path === "/leases/internal") return timeToLive(member, request.body);
  if (path.startsWith(promotePrefix)) return promote(member, path.slice(promotePrefix.length));
  return text(404, "404 page not found");
}

function versionsOf(member: Member): string {
  const cluster = member.membership.clusterVersion ?? "not_decided";
  return JSON.stringify({ etcdserver: member.options.version, etcdcluster: cluster, storage: cluster });
}

async function keepAlive(member: Member, body: Uint8Array): Promise<PeerAnswer> {
  const { id } = LeaseKeepAliveRequest.decode(body);
  const renewal = await member.cluster.leases.renewHere(id);
  if (renewal === "notLeader") return text(400, "not a primary lessor");
  if (renewal === "leaseNotFound") return text(404, "lease not found");
  return protobuf(LeaseKeepAliveResponse.encode({ header: noHeader, id, ttl: renewal.ttl }));
}

async function timeToLive(member: Member, body: Uint8Array): Promise<PeerAnswer> {
  const { leaseTimeToLiveRequest: request } = leasepb.LeaseInternalRequest.decode(body);
  if (request === undefined) return text(400, "error unmarshalling request");
  const here = await member.cluster.leases.timeToLiveHere(request.id, { keys: request.keys });
  if (here === undefined) return text(500, "not a primary lessor");
  const { lease } = here;
  if (lease === undefined) return text(404, "lease not found");
  const answer = { header: noHeader, id: request.id, ttl: lease.ttl, grantedTtl: lease.grantedTtl, keys: lease.keys };
  return protobuf(leasepb.LeaseInternalResponse.encode({ leaseTimeToLiveResponse: answer }));
}

async function promote(member: Member, idText: string): Promise<PeerAnswer> {
  if (!/^\d{1,20}$/.test(idText)) return text(404, `member ${idText} not found in cluster`);
  const outcome = await member.cluster.changes.promoteHere(BigInt(idText));
  if (!(outcome instanceof Error)) return json(200, encodeMembers(outcome));
  if (!(outcome instanceof EtcdError)) return text(500, "Internal Server Error");
  return text(promoteStatuses[outcome.text] ?? 500, promoteTexts[outcome.text] ?? outcome.text);
}

const promoteStatuses: Readonly<Record<string, number>> = {
  "etcdserver: member not found": 404,
  "etcdserver: can only promote a learner member": 412,
  "etcdserver: can only promote a learner member which is in sync with leader": 412,
  "etcdserver: request timed out": 408,
};

/** Members among themselves use membership's own words. */
const promoteTexts: Readonly<Record<string, string>> = {
  "etcdserver: member not found": "membership: ID not found",
  "etcdserver: can only promote a learner member": "membership: can only promote a learner member",
};

function json(status: number, body: string): PeerAnswer {
  return { status, headers: { "Content-Type": "application/json" }, body: new TextEncoder().encode(`${body}\n`) };
}

function protobuf(body: Uint8Array): PeerAnswer {
  return { status: 200, headers: { "Content-Type": "application/protobuf" }, body };
}

function text(status: number, body: string): PeerAnswer {
  return {
    status,
    headers: { "Content-Type": "text/plain; charset=utf-8" },
    body: new TextEncoder().encode(`${body}\n`),
  };
}
