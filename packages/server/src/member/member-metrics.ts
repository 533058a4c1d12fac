/** The `etcd_server_*` metrics that a member feeds itself; names and meanings are etcd's. */
import type { Metrics } from "../ports/index.ts";

/** Figures read when somebody scrapes. */
export interface MemberFigures {
  hasLeader(): boolean;
  isLeader(): boolean;
  isLearner(): boolean;
  committedIndex(): number;
  appliedIndex(): number;
  pendingCount(): number;
  quotaBytes(): number;
}

/** Declares the metrics; returns those that are counted as things happen. */
export function memberMetrics(metrics: Metrics, figures: MemberFigures) {
  const flag = (read: () => boolean) => () => (read() ? 1 : 0);
  const gauge = (name: string, help: string, read: () => number) => metrics.gaugeOf({ name, help }, read);
  gauge("etcd_server_has_leader", "Whether a leader exists, 1 or 0.", flag(figures.hasLeader));
  gauge("etcd_server_is_leader", "Whether this member leads, 1 or 0.", flag(figures.isLeader));
  gauge("etcd_server_is_learner", "Whether this member is a learner, 1 or 0.", flag(figures.isLearner));
  gauge("etcd_server_proposals_committed_total", "Index of the last committed entry.", figures.committedIndex);
  gauge("etcd_server_proposals_applied_total", "Index of the last applied entry.", figures.appliedIndex);
  gauge("etcd_server_proposals_pending", "Proposals that wait to be applied.", figures.pendingCount);
  gauge("etcd_server_quota_backend_bytes", "Space quota in bytes.", figures.quotaBytes);
  const counter = (name: string, help: string) => metrics.counter({ name, help });
  return {
    leaderChanges: counter("etcd_server_leader_changes_seen_total", "Leader changes seen."),
    proposalsFailed: counter("etcd_server_proposals_failed_total", "Proposals that were given up."),
    readIndexesFailed: counter("etcd_server_read_indexes_failed_total", "Linearizable reads that were given up."),
    slowApplies: counter(
      "etcd_server_slow_apply_total",
      "Batches of entries whose application took longer than 100 ms.",
    ),
    commitSeconds: metrics.histogram({
      name: "etcd_disk_backend_commit_duration_seconds",
      help: "Duration of commits of the live store.",
      buckets: [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192],
    }),
  } as const;
}

/** The metrics that are counted as things happen. */
export type MemberCounters = ReturnType<typeof memberMetrics>;
