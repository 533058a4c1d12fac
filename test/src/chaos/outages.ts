/**
 * How long writes may be away. A leader that is gone is replaced when the first election succeeds, which is within two election
 * timeouts; when the votes are split, which shows in terms that nobody led, the next election is as far away again. So the median of all
 * faults that cost a leader keeps to two timeouts, and each one to its own bound, with two more for each split.
 */
import type { Outage } from "./probe.ts";

/** The election timeout that members run with, etcd's default. */
export const electionMs = 1_000;
/** A busy machine delays every step of an election. */
const slack = 1.5;

/** Right outages, by what is wrong. */
export const limits = {
  /** A dead or cut-off leader. */
  failoverMs: 2 * electionMs,
  /** Whoever still hears the leader does not vote: the leader must first notice that it hears nobody. */
  stepDownMs: 4 * electionMs,
  /** A leader that is told to stop hands over first. */
  handoverMs: electionMs,
  /** A leader that is removed leaves as if it had died. */
  removalMs: 2.5 * electionMs,
  /** A follower that is away delays nobody. */
  followerMs: electionMs / 2,
} as const;

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
  const complaints = measured.flatMap((one) => {
    const limitMs = one.limitMs * slack + one.splits * limits.failoverMs;
    return netMs(one) <= limitMs
      ? []
      : `${one.fault}: writes were away for ${describeOutage(one)}, at most ${limitMs} ms are right`;
  });
  const failovers = measured.filter(({ limitMs }) => limitMs === limits.failoverMs).map(netMs);
  const median = medianOf(failovers);
  if (median <= limits.failoverMs) return complaints;
  return [...complaints, `failovers take ${median.toFixed(0)} ms in the median, ${limits.failoverMs} ms are right`];
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
