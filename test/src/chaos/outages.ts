/**
 * How long writes may be away. A leader that is gone is replaced within two election timeouts, every time: the others notice within
 * one, stand within half of another, and stand again soon when nobody won. On two processors with fifteen times their load that took
 * up to 2.1 timeouts (etcd 3.4: 2.3, and 6.4 where the leader was cut off).
 *
 * The time in which this very process stood still does not count, because then nobody can tell. When a member was held up by others on
 * the machine, this process does not see it: one outage of a round may therefore be a quarter longer, no second one.
 */
import type { Outage } from "./probe.ts";

/** The election timeout that members run with, etcd's default. */
export const electionMs = 1_000;
/** Right outages, by what is wrong. */
export const limits = {
  /** A dead, stopped or cut-off leader. */
  failoverMs: 2 * electionMs,
  /** A leader that hears nobody, but is heard until what it sent unacknowledged fills its connections: no vote is given meanwhile. */
  stepDownMs: 2.5 * electionMs,
  /** A leader that is told to stop, or removed, hands over first. */
  handoverMs: 1.5 * electionMs,
  /** A follower that is away delays nobody. */
  followerMs: 0.75 * electionMs,
} as const;

/** What one outage of a round may take, of its limit. */
const heldUpFactor = 1.25;

/** One measured fault. */
export interface Measured extends Outage {
  readonly fault: string;
  /** Longest outage that is right. */
  readonly limitMs: number;
  /** Terms that passed without a leader, or with one that was told nobody. */
  readonly splits: number;
}

/** What is wrong with the outages of a round. */
export function tooLong(measured: readonly Measured[]): string[] {
  const long = measured.filter((one) => netMs(one) > one.limitMs);
  const [only] = long;
  if (long.length === 1 && netMs(only!) <= only!.limitMs * heldUpFactor) return [];
  return long.map(
    (one) => `${one.fault}: writes were away for ${describeOutage(one)}, at most ${one.limitMs} ms are right`,
  );
}

/** Without the time in which this very process stood still: then nobody can tell. */
function netMs({ outageMs, stalledMs }: Outage): number {
  return outageMs - stalledMs;
}

/** The middle one; 0 of nothing. */
export function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** For people. */
export function describeOutage({ outageMs, stalledMs, splits }: Measured): string {
  const stalled = stalledMs > 0 ? `, of them this process stood still ${stalledMs.toFixed(0)}` : "";
  return `${outageMs.toFixed(0)} ms${stalled}${splits > 0 ? `, ${splits} terms without a leader` : ""}`;
}

/** A line for each kind of fault. */
export function summaryOf(measured: readonly Measured[]): string[] {
  const faults = [...new Set(measured.map(({ fault }) => fault))].sort();
  return faults.map((fault) => {
    const times = measured.filter((one) => one.fault === fault).map(({ outageMs }) => outageMs);
    const most = Math.max(...times);
    return `${fault}: ${times.length} times, writes away for ${medianOf(times).toFixed(0)} ms in the median, ${most.toFixed(0)} ms at most`;
  });
}
