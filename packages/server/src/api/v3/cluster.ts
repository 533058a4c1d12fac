/**
 * The Cluster service, as far as a member of one has it: the member list. Changing the membership needs the peer
 * transport; until that is there those calls are answered as unimplemented by the router.
 */
import {
  type MemberListRequest,
  type MemberListResponse,
  type Member as MemberMessage,
  services,
} from "@etcd-ts/proto";
import type { Member } from "../../member/index.ts";
import { type Reply, serveUnary, type V3Router } from "./unary.ts";

/** Registers MemberList. */
export function registerCluster(router: V3Router, member: Member): void {
  serveUnary(router, services.Cluster.MemberList, (request, reply) => list(member, request, reply));
}

function list(member: Member, request: MemberListRequest, reply: Reply<MemberListResponse>): void {
  const answer = (error?: Error) => {
    if (error !== undefined) return reply(error);
    reply(undefined, { header: member.header(0), members: memberList(member) });
  };
  if (request.linearizable) member.linearizableRead(answer);
  else answer();
}

/** The members as answers show them, sorted by id. */
export function memberList(member: Member): MemberMessage[] {
  return member.membership.members.map((one) => ({
    ...one,
    peerUrls: [...one.peerUrls],
    clientUrls: [...one.clientUrls],
  }));
}
