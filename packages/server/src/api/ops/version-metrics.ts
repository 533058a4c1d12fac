/** Constant gauges that say what runs here; dashboards join on their labels. */
import type { Metrics } from "../../ports/index.ts";

/** Declares `etcd_server_version`, `etcd_server_go_version` (the runtime's version stands there) and `etcd_server_id`. */
export function declareVersionMetrics(
  metrics: Metrics,
  { serverVersion, runtimeVersion, memberId }: { serverVersion: string; runtimeVersion: string; memberId: bigint },
): void {
  const one = (name: string, help: string, labels: Record<string, string>) =>
    metrics.gauge({ name, help, labels }).set(1);
  one("etcd_server_version", "Which version is running. 1 for 'server_version' label with current version.", {
    server_version: serverVersion,
  });
  one("etcd_server_go_version", "Which runtime version the server runs on. 1 for 'server_go_version' label.", {
    server_go_version: runtimeVersion,
  });
  one("etcd_server_id", "Server or member ID in hexadecimal format. 1 for 'server_id' label with current ID.", {
    server_id: memberId.toString(16),
  });
}

/** Keeps `etcd_cluster_version` at 1 for the current version and at 0 for those before; returns the function to call. */
export function createClusterVersionGauge(metrics: Metrics): (version: string) => void {
  let current: string | undefined;
  const gauge = (version: string) =>
    metrics.gauge({
      name: "etcd_cluster_version",
      help: "Which version is running. 1 for 'cluster_version' label with current cluster version",
      labels: { cluster_version: version.split(".").slice(0, 2).join(".") },
    });
  return (version) => {
    if (current !== undefined) gauge(current).set(0);
    gauge(version).set(1);
    current = version;
  };
}
