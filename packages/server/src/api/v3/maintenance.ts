/**
 * The Maintenance service but for snapshots: Status, Alarm, Defragment, Hash, HashKV, MoveLeader.
 * Answers of Alarm and Defragment carry no header, as in etcd.
 */
import {
  AlarmType,
  etcdError,
  type HashKVResponse,
  type HashResponse,
  type StatusResponse,
  services,
} from "@etcd-ts/proto";
import { alarmName } from "../../alarm/index.ts";
import type { Member } from "../../member/index.ts";
import { isFailure } from "../../mvcc/index.ts";
import { type Reply, serveUnary, type V3Router } from "./unary.ts";

/** Registers the calls of the Maintenance service. */
export function registerMaintenance(router: V3Router, member: Member): void {
  const { Maintenance } = services;
  serveUnary(router, Maintenance.Status, (_request, reply) => reply(undefined, status(member)));
  // Looking at alarms goes through the log as well, as in etcd: so it is up to date, and fails where nothing can be agreed on.
  serveUnary(router, Maintenance.Alarm, (_request, reply, call) => member.propose("alarm", call.message, reply));
  serveUnary(router, Maintenance.Defragment, (_request, reply) => defragment(member, reply));
  serveUnary(router, Maintenance.Hash, (_request, reply) => hash(member, reply));
  serveUnary(router, Maintenance.HashKV, (request, reply) => hashKv(member, request.revision, reply));
  serveUnary(router, Maintenance.MoveLeader, (request, reply) => moveLeader(member, request.targetId, reply));
}

function status(member: Member): StatusResponse {
  const raft = member.raftStatus();
  const { sizeBytes, sizeInUseBytes } = member.sizes;
  const { options, membership } = member;
  return {
    header: member.header(member.store.currentRevision),
    version: options.version,
    dbSize: sizeBytes,
    dbSizeInUse: sizeInUseBytes,
    dbSizeQuota: member.quota.quotaBytes ?? 0,
    leader: raft.leader,
    raftIndex: raft.commit,
    raftTerm: raft.term,
    raftAppliedIndex: raft.applied,
    errors: statusErrors(member),
    isLearner: member.isLearner,
    storageVersion: membership.clusterVersion ?? "",
    downgradeInfo: { ...membership.downgrade },
  };
}

function statusErrors(member: Member): string[] {
  const noLeader = member.leaderId === 0n ? [etcdError("noLeader").text] : [];
  const alarms = member.alarms.get(AlarmType.NONE);
  return [...noLeader, ...alarms.map((one) => `memberID:${one.memberId} alarm:${alarmName(one.alarm)} `)];
}

function defragment(member: Member, reply: Reply<{ header: undefined }>): void {
  member.defragment().then(() => reply(undefined, { header: undefined }), reply);
}

function hash(member: Member, reply: Reply<HashResponse>): void {
  const { store } = member;
  store.hash().then((hash) => reply(undefined, { header: member.header(store.currentRevision), hash }), reply);
}

function hashKv(member: Member, revision: number, reply: Reply<HashKVResponse>): void {
  const { store } = member;
  store.hashKv(revision).then((outcome) => {
    if (isFailure(outcome)) return reply(etcdError(outcome.error));
    const { hash, compactRevision, hashRevision } = outcome;
    reply(undefined, { header: member.header(store.currentRevision), hash, compactRevision, hashRevision });
  }, reply);
}

function moveLeader(member: Member, target: bigint, reply: Reply<{ header: undefined }>): void {
  member.cluster.leadership.moveTo(target).then((error) => {
    if (error === undefined) reply(undefined, { header: undefined });
    else reply(error);
  }, reply);
}
