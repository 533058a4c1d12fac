/** The `etcd_network_*` metrics of the traffic between members; names and labels are etcd's. */
import { formatId } from "../membership/index.ts";
import type { Counter, Gauge, Histogram, Metrics } from "../ports/index.ts";

const roundTripBuckets = Array.from({ length: 15 }, (_, i) => 0.0001 * 2 ** i);
const snapshotBuckets = Array.from({ length: 10 }, (_, i) => 0.1 * 2 ** i);

/** Figures of the traffic with one peer. */
export interface PeerMetrics {
  readonly sentBytes: Counter;
  readonly receivedBytes: Counter;
  readonly sentFailures: Counter;
  readonly receivedFailures: Counter;
  readonly roundTripSeconds: Histogram;
  readonly active: Gauge;
  readonly disconnected: Counter;
  readonly known: Gauge;
  readonly snapshotSend: SnapshotMetrics;
  readonly snapshotReceive: SnapshotMetrics;
}

/** Figures of snapshots in one direction. */
export interface SnapshotMetrics {
  readonly success: Counter;
  readonly failures: Counter;
  readonly inflight: Gauge;
  readonly seconds: Histogram;
}

/** Declares the series of one peer. */
export function peerMetrics(metrics: Metrics, ends: { readonly local: bigint; readonly remote: bigint }): PeerMetrics {
  const [local, remote] = [formatId(ends.local), formatId(ends.remote)];
  const both = { Local: local, Remote: remote };
  const name = (text: string) => `etcd_network_${text}`;
  const counter = (text: string, help: string, labels: Record<string, string>) =>
    metrics.counter({ name: name(text), help, labels });
  return {
    sentBytes: counter("peer_sent_bytes_total", "The total number of bytes sent to peers.", { To: remote }),
    receivedBytes: counter("peer_received_bytes_total", "The total number of bytes received from peers.", {
      From: remote,
    }),
    sentFailures: counter("peer_sent_failures_total", "The total number of send failures from peers.", { To: remote }),
    receivedFailures: counter("peer_received_failures_total", "The total number of receive failures from peers.", {
      From: remote,
    }),
    roundTripSeconds: metrics.histogram({
      name: name("peer_round_trip_time_seconds"),
      help: "Round-Trip-Time histogram between peers",
      labels: { To: remote },
      buckets: roundTripBuckets,
    }),
    active: metrics.gauge({
      name: name("active_peers"),
      help: "The current number of active peer connections.",
      labels: both,
    }),
    known: metrics.gauge({ name: name("known_peers"), help: "The current number of known peers.", labels: both }),
    disconnected: counter("disconnected_peers_total", "The total number of disconnected peers.", both),
    snapshotSend: snapshotMetrics(metrics, "send", { To: remote }),
    snapshotReceive: snapshotMetrics(metrics, "receive", { From: remote }),
  };
}

function snapshotMetrics(
  metrics: Metrics,
  direction: "send" | "receive",
  labels: Record<string, string>,
): SnapshotMetrics {
  const name = (text: string) => `etcd_network_snapshot_${direction}_${text}`;
  const what = direction === "send" ? "sends" : "receives";
  return {
    success: metrics.counter({ name: name("success"), help: `Total number of successful snapshot ${what}`, labels }),
    failures: metrics.counter({
      name: name("failures"),
      help: `Total number of snapshot ${direction} failures`,
      labels,
    }),
    inflight: metrics.gauge({
      name: name("inflights_total"),
      help: `Total number of inflight snapshot ${what}`,
      labels,
    }),
    seconds: metrics.histogram({
      name: name("total_duration_seconds"),
      help: `Total latency distributions of v3 snapshot ${what}`,
      labels,
      buckets: snapshotBuckets,
    }),
  };
}
