/** What releases before 2.0 tell about cluster and member: version, leader, machines, statistics. */

import { formatGoDuration } from "../../lib/go-duration.ts";
import { quote } from "../../lib/go-json.ts";
import type { HttpResponse } from "../../ports/index.ts";
import { type ClusterMember, formatFollower, jsonAnswer, timeText, transferStats } from "../v2/index.ts";
import { parameterError, textAnswer } from "./legacy-answers.ts";
import type { LegacyParts } from "./legacy-dialect.ts";

/** The leader's peer URL. */
export function showLeader(parts: LegacyParts): HttpResponse {
  const leader = leaderOf(parts);
  return leader === undefined ? parameterError(301, "", parts) : textAnswer(leader.peerUrls[0] ?? "");
}

/** Every member's client URL, the leader's first. */
export function showMachines(parts: LegacyParts): HttpResponse {
  return textAnswer(machineUrls(parts).join(", "));
}

/** Client URLs, the leader's first. */
export function machineUrls(parts: LegacyParts): string[] {
  const leader = leaderOf(parts);
  const others = parts.member
    .members()
    .filter(({ id }) => id !== leader?.id)
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const all = leader === undefined ? others : [leader, ...others];
  return all.flatMap(({ clientUrls }) => clientUrls.slice(0, 1));
}

/** Counts of operations; 0.2 knew no compare-and-delete. */
export function showStoreStats(parts: LegacyParts): HttpResponse {
  const { compareAndDeleteSuccess, compareAndDeleteFail, expireCount, watchers, ...counts } = parts.member.storeStats();
  const added = parts.traits.knowsDirectories ? { compareAndDeleteSuccess, compareAndDeleteFail } : {};
  return statsAnswer(JSON.stringify({ ...counts, ...added, expireCount, watchers }), parts);
}

/** Figures of this member. A lone server never changed its role, so it had none to tell. */
export function showSelfStats(parts: LegacyParts): HttpResponse {
  const { member, traits } = parts;
  const stats = member.selfStats();
  const started = stats.leaderStartTimeMs ?? member.nowMs();
  const startTime = traits.answersHead ? { startTime: timeText(started) } : {};
  const role = stats.isLeader ? "leader" : "follower";
  const body = {
    name: traits.flatEvents ? "" : ownName(parts),
    state: member.members().length === 1 ? "" : role,
    startTime: timeText(stats.startTimeMs),
    leaderInfo: {
      leader: leaderOf(parts)?.name ?? "",
      uptime: formatGoDuration(member.nowMs() - started),
      ...startTime,
    },
    ...transferStats(stats),
  };
  return statsAnswer(JSON.stringify(body), parts);
}

/** What the leader counts for its followers, by their names. */
export function showLeaderStats(parts: LegacyParts): HttpResponse {
  const followers = parts.member.followerStats();
  if (followers === undefined) return { ...textAnswer("not current leader"), status: 403 };
  const names = new Map(parts.member.members().map(({ id, name }) => [id, name]));
  const body = followers.map((one) => `${quote(names.get(one.id) ?? one.id.toString(16))}:${formatFollower(one)}`);
  return statsAnswer(`{"leader":${quote(ownName(parts))},"followers":{${body.join(",")}}}`, parts);
}

/** The member that leads; undefined during an election. */
export function leaderOf({ member }: LegacyParts): ClusterMember | undefined {
  const leaderId = member.leaderId();
  return member.members().find(({ id }) => id === leaderId);
}

function ownName({ member }: LegacyParts): string {
  return member.members().find(({ id }) => id === member.id)?.name ?? "";
}

/** 0.4 named the type. */
function statsAnswer(body: string, { traits }: LegacyParts): HttpResponse {
  return traits.answersHead ? jsonAnswer(200, body) : textAnswer(body);
}
