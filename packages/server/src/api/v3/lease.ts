/**
 * The Lease service. Grants and revocations go through the log; keep-alives, remaining times and lists are answered by the
 * leader's own view after it has caught up with the log. Observed behaviour: the conformance kit's notes on leases.
 */
import {
  etcdError,
  type LeaseGrantRequest,
  LeaseGrantRequest as LeaseGrantRequestCodec,
  type LeaseGrantResponse,
  type LeaseRevokeResponse,
  type LeaseTimeToLiveRequest,
  type LeaseTimeToLiveResponse,
  services,
} from "@etcd-ts/proto";
import type { Member } from "../../member/index.ts";
import { type LeaseTimeToLive, leaseGrantCostBytes } from "../../member/index.ts";
import { RenewalStream } from "./renewal-stream.ts";
import { serveStream } from "./stream.ts";
import { completed, type Reply, serveUnary, type V3Router } from "./unary.ts";

/** Registers the five calls of the Lease service. */
export function registerLease(router: V3Router, member: Member): void {
  const { Lease } = services;
  serveUnary(router, Lease.LeaseGrant, (request, reply) => grant(member, request, reply));
  serveUnary(router, Lease.LeaseRevoke, (_request, reply, call) => revoke(member, call.message, reply));
  serveUnary(router, Lease.LeaseTimeToLive, (request, reply) => timeToLive(member, request, reply));
  serveUnary(router, Lease.LeaseLeases, (_request, reply) => list(member, reply));
  const renew = (id: bigint) => member.cluster.leases.renew(id);
  const header = () => member.header(member.store.currentRevision);
  serveStream(router, Lease.LeaseKeepAlive, (call) => new RenewalStream(call, { renew, header }));
}

function grant(member: Member, request: LeaseGrantRequest, reply: Reply<LeaseGrantResponse>): void {
  if (!member.admits(leaseGrantCostBytes(request))) return reply(etcdError("noSpace"));
  const id = request.id === 0n ? member.chooseLeaseId() : request.id;
  member.propose("leaseGrant", LeaseGrantRequestCodec.encode({ ...request, id }), completed(member, reply));
}

function revoke(member: Member, raw: Uint8Array, reply: Reply<LeaseRevokeResponse>): void {
  member.propose("leaseRevoke", raw, completed(member, reply));
}

function timeToLive(member: Member, request: LeaseTimeToLiveRequest, reply: Reply<LeaseTimeToLiveResponse>): void {
  // The leader answers, and only when a quorum follows it: a read index of this member would add nothing.
  member.cluster.leases.timeToLive(request.id, { keys: request.keys }).then((lease) => {
    if (lease instanceof Error) reply(lease);
    else replyTimeToLive(member, { id: request.id, lease }, reply);
  }, reply);
}

function replyTimeToLive(
  member: Member,
  { id, lease }: { id: bigint; lease: LeaseTimeToLive | undefined },
  reply: Reply<LeaseTimeToLiveResponse>,
): void {
  const header = member.header(member.store.currentRevision);
  if (lease === undefined) return reply(undefined, { header, id, ttl: -1, grantedTtl: 0, keys: [] });
  reply(undefined, { header, id, ttl: lease.ttl, grantedTtl: lease.grantedTtl, keys: lease.keys });
}

function list(member: Member, reply: Reply<{ header: ReturnType<Member["header"]>; leases: { id: bigint }[] }>): void {
  member.linearizableRead((error) => {
    if (error !== undefined) return reply(error);
    const leases = member.lessor.leases().map((id) => ({ id }));
    reply(undefined, { header: member.header(member.store.currentRevision), leases });
  });
}
