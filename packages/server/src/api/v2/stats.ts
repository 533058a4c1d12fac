/** The figures of `/v2/stats`, as releases from 2.0 on write them. */
import { formatGoDuration } from "../../lib/go-duration.ts";
import type { FollowerStats, HttpResponse } from "../../ports/index.ts";
import { formatTime, nanosOf } from "../../v2/index.ts";
import { jsonAnswer, messageAnswer } from "./answers.ts";
import type { SelfStats, V2Member } from "./v2-member.ts";

/** Counts of operations. */
export function storeStats(member: V2Member): HttpResponse {
  return jsonAnswer(200, JSON.stringify(member.storeStats()));
}

/** Figures of this member. */
export function selfStats(member: V2Member): HttpResponse {
  const own = member.members().find(({ id }) => id === member.id);
  const stats = member.selfStats();
  const head = {
    name: own?.name ?? "",
    id: member.id.toString(16),
    state: stats.isLeader ? "StateLeader" : "StateFollower",
    startTime: timeText(stats.startTimeMs),
    leaderInfo: leaderInfo(member, stats),
  };
  return jsonAnswer(200, JSON.stringify({ ...head, ...transferStats(stats) }));
}

function leaderInfo(member: V2Member, { leaderStartTimeMs }: SelfStats): object {
  const leader = member.leaderId()?.toString(16) ?? "";
  const uptime = formatGoDuration(leaderStartTimeMs === undefined ? 0 : member.nowMs() - leaderStartTimeMs);
  const startTime = leaderStartTimeMs === undefined ? "0001-01-01T00:00:00Z" : timeText(leaderStartTimeMs);
  return { leader, uptime, startTime };
}

/** What was sent and received; rates only where there are any. */
export function transferStats(stats: SelfStats): Record<string, number> {
  return {
    recvAppendRequestCnt: stats.recvAppendRequestCount,
    ...rates({ recvPkgRate: stats.recvPackageRate, recvBandwidthRate: stats.recvBandwidthRate }),
    sendAppendRequestCnt: stats.sendAppendRequestCount,
    ...rates({ sendPkgRate: stats.sendPackageRate, sendBandwidthRate: stats.sendBandwidthRate }),
  };
}

function rates(figures: Record<string, number | undefined>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(figures).filter((entry): entry is [string, number] => entry[1] !== undefined && entry[1] !== 0),
  );
}

/** What the leader counts for its followers. */
export function leaderStats(member: V2Member): HttpResponse {
  const followers = member.followerStats();
  if (followers === undefined) return messageAnswer(403, "not current leader");
  const body = followers.map((follower) => `"${follower.id.toString(16)}":${formatFollower(follower)}`).join(",");
  return jsonAnswer(200, `{"leader":"${member.id.toString(16)}","followers":{${body}}}`);
}

/** One follower's figures. */
export function formatFollower({ latencyMs, failCount, successCount }: FollowerStats): string {
  return JSON.stringify({ latency: latencyMs, counts: { fail: failCount, success: successCount } });
}

/** A moment as JSON shows it. */
export function timeText(ms: number): string {
  return formatTime(nanosOf(ms));
}
