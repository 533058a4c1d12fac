/**
 * Real time: what was told is there for everybody who asks later, and nobody is told of a revision before it was asked
 * for. Together with the contents of every answer this is linearizability, because revisions put all writes in one order.
 */
import type { AnyCall, History } from "../history.ts";
import type { Authors } from "./check-writes.ts";
import type { Timeline } from "./timeline.ts";

/** Whether a call promises to be as new as everything answered before it. */
export function isLinearizable(call: AnyCall): boolean {
  if (call.kind === "range") return !call.request.serializable;
  if (call.kind === "txn") {
    return ![...call.request.success, ...call.request.failure].every(({ requestRange }) => requestRange?.serializable);
  }
  // A member that does not lead asks the leader about a lease, and answers with its own, perhaps older, revision, as etcd's do.
  return call.kind !== "hashKv" && call.kind !== "keepAlive" && call.kind !== "timeToLive";
}

/** Checks every answered call. */
export function checkOrder(history: History, { authors }: Authors, timeline: Timeline): string[] {
  const complaints: string[] = [];
  for (const call of history.calls) {
    const revision = call.response?.header?.revision ?? 0;
    if (revision === 0 || !isLinearizable(call)) continue;
    const seen = timeline.seenBefore(call.calledAt);
    const made = authors.get(revision) === call;
    if (revision < seen || (made && revision === seen)) {
      complaints.push(
        `${call.kind} of step ${call.step}: at revision ${revision}, though ${seen} was told before it was called`,
      );
    }
  }
  for (const [revision, author] of authors) {
    if (author.kind !== "expiry" && timeline.firstSeen(revision) < author.calledAt) {
      complaints.push(`revision ${revision} was told before step ${author.step} asked for it`);
    }
  }
  return [...complaints, ...checkLives(history)];
}

/** One life of a machine never goes back, whoever asks it. */
function checkLives({ calls }: History): string[] {
  const complaints: string[] = [];
  const lives = groupBy(calls.filter(hasRevision), ({ machine, life }) => `${machine}/${life}`);
  for (const [life, answered] of lives) {
    const returned = [...answered].sort((a, b) => a.returnedAt - b.returnedAt);
    let next = 0;
    let floor = 0;
    for (const call of answered) {
      for (; returned[next]!.returnedAt < call.calledAt; next++) floor = Math.max(floor, revisionOf(returned[next]!));
      if (revisionOf(call) >= floor) continue;
      complaints.push(`${call.kind} of step ${call.step}: life ${life} went back from ${floor} to ${revisionOf(call)}`);
    }
  }
  return complaints;
}

function hasRevision(call: AnyCall): boolean {
  return revisionOf(call) > 0;
}

function revisionOf(call: AnyCall): number {
  return call.response?.header?.revision ?? 0;
}

function groupBy(calls: readonly AnyCall[], nameOf: (call: AnyCall) => string): Map<string, AnyCall[]> {
  const groups = new Map<string, AnyCall[]>();
  for (const call of calls) {
    const group = groups.get(nameOf(call)) ?? [];
    group.push(call);
    groups.set(nameOf(call), group);
  }
  return groups;
}
