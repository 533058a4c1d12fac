/** The pages for operators, put together for a client listener and for `--listen-metrics-urls`. */
import type { HttpRoute, Logger, Metrics } from "../../ports/index.ts";
import { createGatewayRoot } from "./gateway-root.ts";
import { createHealth } from "./health.ts";
import { createHealthChecks } from "./health-checks.ts";
import type { OpsMember } from "./ops-member.ts";
import { createDebugVars, createLogLevel, createMetricsPage, createVersion, type MetricsText } from "./pages.ts";

/** Everything the pages for operators need. */
export interface OpsOptions {
  readonly member: OpsMember;
  readonly serverVersion: string;
  /** The release whose pages and forms to give. */
  readonly compat: "3.4" | "3.7";
  readonly metrics: Metrics;
  readonly metricsText: MetricsText;
  readonly log: Logger;
}

/** What `--listen-metrics-urls` serves: metrics and health, nothing else. */
export function createMetricsRoutes(options: OpsOptions): HttpRoute[] {
  const checks = options.compat === "3.4" ? [] : [createHealthChecks(options)];
  return [createMetricsPage(options.metricsText), createHealth(options), ...checks];
}

/** What a client listener serves beside the API. */
export function createOpsRoutes(options: OpsOptions): HttpRoute[] {
  const old = options.compat === "3.4" ? [createLogLevel(options.member)] : [];
  return [
    ...createMetricsRoutes(options),
    createVersion(options),
    createDebugVars(options.member),
    createGatewayRoot(),
    ...old,
  ];
}
