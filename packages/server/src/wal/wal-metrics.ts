/** The log's time series, under etcd's names. */
import type { Counter, Histogram, Metrics } from "../ports/index.ts";

/** 1 ms, doubled thirteen times: etcd's bounds for disk durations. */
const DURATION_BUCKETS = Array.from({ length: 14 }, (_, i) => 0.001 * 2 ** i);

/** What an open log counts. */
export interface WalMetrics {
  readonly fsyncSeconds: Histogram;
  readonly writeSeconds: Histogram;
  readonly writtenBytes: Counter;
}

/** Declares the series of the log. */
export function createWalMetrics(metrics: Metrics): WalMetrics {
  return {
    fsyncSeconds: metrics.histogram({
      name: "etcd_disk_wal_fsync_duration_seconds",
      help: "The latency distributions of fsync called by WAL.",
      buckets: DURATION_BUCKETS,
    }),
    writeSeconds: metrics.histogram({
      name: "etcd_disk_wal_write_duration_seconds",
      help: "The latency distributions of write called by WAL.",
      buckets: DURATION_BUCKETS,
    }),
    // A gauge, as in etcd.
    writtenBytes: metrics.gauge({
      name: "etcd_disk_wal_write_bytes_total",
      help: "Total number of bytes written in WAL.",
    }),
  };
}

/** What snapshot files time. */
export interface SnapshotFileMetrics {
  readonly fsyncSeconds: Histogram;
  readonly marshalSeconds: Histogram;
}

/** Declares the series of snapshot files. */
export function createSnapshotMetrics(metrics: Metrics): SnapshotFileMetrics {
  return {
    fsyncSeconds: metrics.histogram({
      name: "etcd_snap_fsync_duration_seconds",
      help: "The latency distributions of fsync called by snap.",
      buckets: DURATION_BUCKETS,
    }),
    marshalSeconds: metrics.histogram({
      name: "etcd_debugging_snap_save_marshalling_duration_seconds",
      help: "The marshalling cost distributions of save called by snapshot.",
      buckets: DURATION_BUCKETS,
    }),
  };
}
