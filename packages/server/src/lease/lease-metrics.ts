/** The lease metrics, by etcd's names. */
import type { Counter, Histogram, Metrics } from "../ports/index.ts";

/** Time series of one member's leases. */
export interface LeaseMetrics {
  readonly granted: Counter;
  readonly revoked: Counter;
  readonly renewed: Counter;
  readonly expired: Counter;
  readonly ttl: Histogram;
}

/** One second to about three months. */
const TTL_BUCKETS = Array.from({ length: 24 }, (_, i) => 2 ** i);

/** Registers the series. */
export function createLeaseMetrics(metrics: Metrics): LeaseMetrics {
  const counter = (name: string, help: string): Counter => metrics.counter({ name, help });
  return {
    granted: counter("etcd_debugging_lease_granted_total", "The total number of granted leases."),
    revoked: counter("etcd_debugging_lease_revoked_total", "The total number of revoked leases."),
    renewed: counter("etcd_debugging_lease_renewed_total", "The number of renewed leases seen by the leader."),
    expired: counter("etcd_debugging_server_lease_expired_total", "The total number of expired leases."),
    ttl: metrics.histogram({
      name: "etcd_debugging_lease_ttl_total",
      help: "Bucketed histogram of lease TTLs.",
      buckets: TTL_BUCKETS,
    }),
  };
}
