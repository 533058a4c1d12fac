/**
 * `/health`: alarms, a leader, and a read that works, as JSON in the recorded form (docs/adr/0004-recorded-form-of-health.md):
 * the reason of a failure is logged, and /readyz tells it. Sent as text/plain, as etcd always has. 3.4 knows no `serializable`.
 */
import type { HttpRequest, HttpResponse, HttpRoute } from "../../ports/index.ts";
import { goError, wrongMethod } from "./go-answers.ts";
import type { HealthCheckOptions } from "./health-checks.ts";
import type { OpsMember } from "./ops-member.ts";

/** Answers `/health`. */
export function createHealth({
  member,
  metrics,
  log,
  compat,
}: HealthCheckOptions & { compat: "3.4" | "3.7" }): HttpRoute {
  const success = metrics.counter({
    name: "etcd_server_health_success",
    help: "The total number of successful health checks",
  });
  const failures = metrics.counter({
    name: "etcd_server_health_failures",
    help: "The total number of failed health checks",
  });
  const respond = (reason: string | undefined): HttpResponse => {
    (reason === undefined ? success : failures).inc();
    const body = JSON.stringify({
      health: String(reason === undefined),
    });
    if (reason === undefined) return { status: 200, headers: { "Content-Type": "text/plain; charset=utf-8" }, body };
    log.warn("/health error", { output: body, reason, "status-code": 503 });
    return goError(503, body);
  };
  return (request) => {
    if (request.path !== "/health") return undefined;
    const refusal = wrongMethod(request, "GET");
    return refusal ?? whyUnhealthy(request, { member, compat }).then(respond);
  };
}

async function whyUnhealthy(
  request: HttpRequest,
  { member, compat }: { member: OpsMember; compat: "3.4" | "3.7" },
): Promise<string | undefined> {
  const query = new URLSearchParams(request.query);
  const excluded = query.getAll("exclude");
  const serializable = compat !== "3.4" && query.get("serializable") === "true";
  const alarm = member.alarms().find((name) => !excluded.includes(name));
  if (alarm !== undefined) return `ALARM ${alarm}`;
  if (!serializable && !member.hasLeader()) return "RAFT NO LEADER";
  const reason = await member.read({ serializable });
  return reason === undefined ? undefined : `RANGE ERROR:${reason}`;
}
