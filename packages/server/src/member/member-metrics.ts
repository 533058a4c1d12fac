/** The `etcd_server_*` metrics that a member feeds itself; names and meanings are etcd's. */
import type { Metrics } from "../ports/index.ts";
import type { Member } from "./member.ts";

/** Declares the metrics of a member; returns those that are counted as things happen. */
export function memberMetrics(metrics: Metrics, member: Member) {
  const flag = (read: () => boolean) => () => (read() ? 1 : 0);
  const gauge = (name: string, help: string, read: () => number) => metrics.gaugeOf({ name, help }, read);
  const hasLeader = flag(() => member.leaderId !== 0n);
  gauge("etcd_server_has_leader", "Whether a leader exists, 1 or 0.", hasLeader);
  const isLeader = flag(() => member.isLeader);
  gauge("etcd_server_is_leader", "Whether this member leads, 1 or 0.", isLeader);
  const isLearner = flag(() => member.isLearner);
  gauge("etcd_server_is_learner", "Whether this member is a learner, 1 or 0.", isLearner);
  const committed = () => member.raftStatus().commit;
  gauge("etcd_server_proposals_committed_total", "Index of the last committed entry.", committed);
  gauge("etcd_server_proposals_applied_total", "Index of the last applied entry.", () => member.appliedIndex);
  gauge("etcd_server_proposals_pending", "Proposals that wait to be applied.", () => member.pendingCount);
  gauge("etcd_server_quota_backend_bytes", "Space quota in bytes.", () => member.quota.quotaBytes ?? 0);
  const counter = (name: string, help: string) => metrics.counter({ name, help });
  const histogram = (name: string, help: string, from: { seconds: number; count: number }) => {
    const buckets = Array.from({ length: from.count }, (_, i) => from.seconds * 2 ** i);
    return metrics.histogram({ name, help, buckets });
  };
  return {
    leaderChanges: counter("etcd_server_leader_changes_seen_total", "Leader changes seen."),
    proposalsFailed: counter("etcd_server_proposals_failed_total", "Proposals that were given up."),
    readIndexesFailed: counter(
      "etcd_server_read_indexes_failed_total",
      "Read indexes given up because the leader changed.",
    ),
    slowApplies: counter(
      "etcd_server_slow_apply_total",
      "Batches of entries whose application took longer than 100 ms.",
    ),
    slowReadIndexes: counter("etcd_server_slow_read_indexes_total", "Read indexes that got no answer in time."),
    heartbeatSendFailures: counter(
      "etcd_server_heartbeat_send_failures_total",
      "Heartbeats that left late, as from a leader that is overloaded.",
    ),
    learnerPromoteSuccesses: counter("etcd_server_learner_promote_successes", "Learners promoted by this leader."),
    /** For each reason a series of its own, which begins with the first failure. */
    learnerPromoteFailures: (reason: string) =>
      metrics.counter({
        name: "etcd_server_learner_promote_failures",
        help: "Promotions of learners that failed.",
        labels: { Reason: reason },
      }),
    snapshotApplying: metrics.gauge({
      name: "etcd_server_snapshot_apply_in_progress_total",
      help: "1 while a snapshot from the leader is applied, else 0.",
    }),
    defragInflight: metrics.gauge({
      name: "etcd_disk_defrag_inflight",
      help: "1 while the live store is defragmented, else 0.",
    }),
    defragSeconds: histogram("etcd_disk_backend_defrag_duration_seconds", "Duration of defragmentations.", {
      seconds: 0.1,
      count: 13,
    }),
    snapshotSaveSeconds: histogram("etcd_debugging_snap_save_total_duration_seconds", "Duration of raft snapshots.", {
      seconds: 0.001,
      count: 14,
    }),
    snapshotSendSeconds: histogram(
      "etcd_disk_backend_snapshot_duration_seconds",
      "Duration of reading the live store for a snapshot.",
      { seconds: 0.01, count: 17 },
    ),
    commitSeconds: histogram("etcd_disk_backend_commit_duration_seconds", "Duration of commits of the live store.", {
      seconds: 0.001,
      count: 14,
    }),
  } as const;
}

/** The metrics that are counted as things happen. */
export type MemberCounters = ReturnType<typeof memberMetrics>;
