/**
 * The Cluster service: who belongs to the cluster, and changing that. Answers carry no revision, as etcd's do. The checks
 * and their errors are the member's (`MembershipChanges`); here requests become calls and outcomes answers.
 */
import {
  type MemberListRequest,
  type MemberListResponse,
  type Member as MemberMessage,
  type ResponseHeader,
  services,
} from "@etcd-ts/proto";
import type { ChangeOutcome, Member } from "../../member/index.ts";
import type { ReadonlyMember } from "../../membership/index.ts";
import { type Reply, serveUnary, type V3Router } from "./unary.ts";

/** Registers the five calls of the Cluster service. */
export function registerCluster(router: V3Router, member: Member): void {
  const { Cluster } = services;
  const { changes } = member.cluster;
  serveUnary(router, Cluster.MemberList, (request, reply) => list(member, request, reply));
  serveUnary(router, Cluster.MemberAdd, (request, reply) => {
    changes.add(request).then((outcome) => {
      if (outcome instanceof Error) return reply(outcome);
      const members = outcome.members.map(memberMessage);
      reply(undefined, { header: member.header(0), member: memberMessage(outcome.member), members });
    }, reply);
  });
  serveUnary(router, Cluster.MemberRemove, ({ id }, reply) => answer(member, changes.remove(id), reply));
  serveUnary(router, Cluster.MemberUpdate, ({ id, peerUrls }, reply) =>
    answer(member, changes.update(id, peerUrls), reply),
  );
  serveUnary(router, Cluster.MemberPromote, ({ id }, reply) => answer(member, changes.promote(id), reply));
}

interface MembersAnswer {
  header: ResponseHeader | undefined;
  members: MemberMessage[];
}

function answer(member: Member, changing: Promise<ChangeOutcome>, reply: Reply<MembersAnswer>): void {
  changing.then((outcome) => {
    if (outcome instanceof Error) reply(outcome);
    else reply(undefined, { header: member.header(0), members: outcome.map(memberMessage) });
  }, reply);
}

function list(member: Member, request: MemberListRequest, reply: Reply<MemberListResponse>): void {
  const answerNow = (error?: Error) => {
    if (error !== undefined) return reply(error);
    reply(undefined, { header: member.header(0), members: memberList(member) });
  };
  if (request.linearizable) member.linearizableRead(answerNow);
  else answerNow();
}

/** The members as answers show them, sorted by id. */
export function memberList(member: Member): MemberMessage[] {
  return member.membership.members.map(memberMessage);
}

function memberMessage(one: ReadonlyMember): MemberMessage {
  return { ...one, peerUrls: [...one.peerUrls], clientUrls: [...one.clientUrls] };
}
