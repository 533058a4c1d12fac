/**
 * What the pages for operators are made from, for each release that is spoken: a listener shows the version and the forms of its
 * own release, whatever the process passes for elsewhere. Metrics are the process's, one for all.
 */
import type { PinoLogger, PromMetrics } from "./adapters/index.ts";
import { createClusterVersionGauge, type OpsOptions } from "./api/ops/index.ts";
import { type Dialect, reportedVersions } from "./config/index.ts";
import type { Member } from "./member/index.ts";
import { opsMemberOf } from "./ops-member-of.ts";

/** What the pages need of the process. */
export interface OpsParts {
  readonly metrics: PromMetrics;
  readonly log: PinoLogger;
}

/** Gives the options of each dialect. */
export function opsOptionsOf({ metrics, log }: OpsParts, member: Member): (dialect: Dialect) => OpsOptions {
  const view = opsMemberOf(member, log);
  const metricsText = withClusterVersion(metrics, member);
  return (dialect) => ({
    member: { ...view, clusterVersion: () => clusterVersionTold(dialect, member) },
    serverVersion: reportedVersions[dialect],
    compat: dialect === "3.7" ? "3.7" : "3.4",
    metrics,
    metricsText,
    log,
  });
}

/** The version of the cluster may change at any entry; whoever scrapes gets that of the moment, and none before there is one. */
function withClusterVersion(metrics: PromMetrics, { membership }: Member): OpsOptions["metricsText"] {
  const setVersion = createClusterVersionGauge(metrics);
  return {
    contentType: metrics.contentType,
    text: () => {
      if (membership.clusterVersion !== undefined) setVersion(membership.clusterVersion);
      return metrics.text();
    },
  };
}

/** A cluster that passes for one of 2.3 has the version of that release, once it has any. */
function clusterVersionTold(dialect: Dialect, { membership }: Member): string | undefined {
  const { clusterVersion } = membership;
  if (dialect !== "2.3" || clusterVersion === undefined) return clusterVersion;
  return reportedVersions[dialect].replace(/\.\d+$/, ".0");
}
