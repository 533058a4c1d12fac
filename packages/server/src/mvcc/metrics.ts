/** The store's metrics, by etcd's names. */
import type { Counter, Gauge, Histogram, Metrics } from "../ports/index.ts";

/** What is counted and timed. */
export interface StoreMetrics {
  readonly ranges: Counter;
  readonly puts: Counter;
  readonly deletes: Counter;
  readonly txns: Counter;
  readonly putBytes: Gauge;
  readonly compactionKeys: Counter;
  readonly compactionPauseMs: Histogram;
  readonly indexCompactionPauseMs: Histogram;
  readonly compactionTotalMs: Histogram;
  readonly compactionLast: Gauge;
  readonly hashRevSeconds: Histogram;
  readonly hashSeconds: Histogram;
}

/** Figures that exist anyway. */
export interface StoreFigures {
  readonly keys: () => number;
  readonly currentRevision: () => number;
  readonly compactRevision: () => number;
  readonly sizeBytes: () => number;
  readonly sizeInUseBytes: () => number;
  readonly openReads: () => number;
}

const milliseconds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
const totalMilliseconds = [
  100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 102_400, 204_800, 409_600, 819_200,
];
const seconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84];

/** Declares every metric of the store. */
export function declareStoreMetrics(metrics: Metrics, figures: StoreFigures): StoreMetrics {
  declareFigures(metrics, figures);
  const counter = (name: string, help: string) => metrics.counter({ name, help });
  const histogram = (name: string, { help, buckets }: { help: string; buckets: readonly number[] }) =>
    metrics.histogram({ name, help, buckets });
  return {
    ranges: counter("etcd_mvcc_range_total", "Total number of ranges seen by this member."),
    puts: counter("etcd_mvcc_put_total", "Total number of puts seen by this member."),
    deletes: counter("etcd_mvcc_delete_total", "Total number of deletes seen by this member."),
    txns: counter("etcd_mvcc_txn_total", "Total number of txns seen by this member."),
    putBytes: metrics.gauge({
      name: "etcd_debugging_mvcc_total_put_size_in_bytes",
      help: "The total size of put kv pairs seen by this member.",
    }),
    compactionKeys: counter("etcd_debugging_mvcc_db_compaction_keys_total", "Total number of db keys compacted."),
    compactionPauseMs: histogram("etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds", {
      help: "Bucketed histogram of db compaction pause duration.",
      buckets: milliseconds,
    }),
    indexCompactionPauseMs: histogram("etcd_debugging_mvcc_index_compaction_pause_duration_milliseconds", {
      help: "Bucketed histogram of index compaction pause duration.",
      buckets: [0.5, ...milliseconds],
    }),
    compactionTotalMs: histogram("etcd_debugging_mvcc_db_compaction_total_duration_milliseconds", {
      help: "Bucketed histogram of db compaction total duration.",
      buckets: totalMilliseconds,
    }),
    compactionLast: metrics.gauge({
      name: "etcd_debugging_mvcc_db_compaction_last",
      help: "The unix time of the last db compaction. Resets to 0 on start.",
    }),
    hashRevSeconds: histogram("etcd_mvcc_hash_rev_duration_seconds", {
      help: "The latency distribution of storage hash by revision operation.",
      buckets: seconds,
    }),
    hashSeconds: histogram("etcd_mvcc_hash_duration_seconds", {
      help: "The latency distribution of storage hash operation.",
      buckets: seconds,
    }),
  };
}

function declareFigures(metrics: Metrics, figures: StoreFigures): void {
  const gauge = (name: string, { help, read }: { help: string; read: () => number }) =>
    metrics.gaugeOf({ name, help }, read);
  gauge("etcd_debugging_mvcc_keys_total", { help: "Total number of keys.", read: figures.keys });
  gauge("etcd_debugging_mvcc_current_revision", {
    help: "The current revision of store.",
    read: figures.currentRevision,
  });
  gauge("etcd_debugging_mvcc_compact_revision", {
    help: "The revision of the last compaction in store.",
    read: figures.compactRevision,
  });
  gauge("etcd_mvcc_db_total_size_in_bytes", {
    help: "Total size of the underlying database physically allocated in bytes.",
    read: figures.sizeBytes,
  });
  gauge("etcd_mvcc_db_total_size_in_use_in_bytes", {
    help: "Total size of the underlying database logically in use in bytes.",
    read: figures.sizeInUseBytes,
  });
  gauge("etcd_mvcc_db_open_read_transactions", {
    help: "The number of currently open read transactions",
    read: figures.openReads,
  });
}
