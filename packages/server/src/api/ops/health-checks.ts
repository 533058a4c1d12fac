/**
 * `/livez` and `/readyz`: named checks, all of them or one by its own path, in etcd's text form. `/livez` says the
 * process works (restart it when not), `/readyz` that it can serve (send clients elsewhere when not). Source: behaviour
 * of etcd 3.7; its order of checks is random, here it is fixed.
 */
import type { HttpRequest, HttpResponse, HttpRoute, Logger, Metrics } from "../../ports/index.ts";
import { goError, wrongMethod } from "./go-answers.ts";
import type { OpsMember } from "./ops-member.ts";

/** The reason for failing, or nothing. */
type Check = () => Promise<string | undefined> | string | undefined;
type Checks = ReadonlyMap<string, Check>;

/** What health pages ask, count with and log to. */
export interface HealthCheckOptions {
  readonly member: OpsMember;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Answers `/livez`, `/readyz` and the paths of their checks. */
export function createHealthChecks({ member, metrics, log }: HealthCheckOptions): HttpRoute {
  const groups: ReadonlyMap<string, Checks> = new Map([
    ["livez", new Map([["serializable_read", () => member.read({ serializable: true })]])],
    [
      "readyz",
      new Map<string, Check>([
        ["data_corruption", () => (member.alarms().includes("CORRUPT") ? "alarm activated: CORRUPT" : undefined)],
        ["serializable_read", () => member.read({ serializable: true })],
        ["linearizable_read", () => member.read({ serializable: false })],
        ["non_learner", () => (member.isLearner() ? "not supported for learner" : undefined)],
      ]),
    ],
  ]);
  const recorders = recordersFor(groups, metrics);
  return (request) => {
    const [, type = "", name, ...rest] = request.path.split("/");
    const checks = groups.get(type);
    if (checks === undefined || rest.length > 0 || (name !== undefined && !checks.has(name))) return undefined;
    const refusal = wrongMethod(request, "GET");
    if (refusal !== undefined) return refusal;
    return answer(request, {
      names: chooseNames(request, { checks, name, log }),
      checks,
      record: recorders.get(type)!,
      log,
    });
  };
}

function chooseNames(
  request: HttpRequest,
  { checks, name, log }: { checks: Checks; name: string | undefined; log: Logger },
): string[] {
  if (name !== undefined) return [name];
  const excluded = new Set(new URLSearchParams(request.query).getAll("exclude").filter((one) => one !== ""));
  const missing = [...excluded].filter((one) => !checks.has(one));
  if (missing.length > 0) log.warn("some health checks cannot be excluded", { "missing-health-checks": missing });
  return [...checks.keys()].filter((one) => !excluded.has(one));
}

type Recorder = (check: string, isOk: boolean) => void;

async function answer(
  request: HttpRequest,
  { names, checks, record, log }: { names: readonly string[]; checks: Checks; record: Recorder; log: Logger },
): Promise<HttpResponse> {
  let report = "";
  let isOk = true;
  for (const name of names) {
    const reason = await checks.get(name)!();
    record(name, reason === undefined);
    if (reason !== undefined) isOk = false;
    report += reason === undefined ? `[+]${name} ok\n` : `[-]${name} failed: ${reason}\n`;
  }
  if (!isOk) {
    log.error("Health check error", { path: request.path, reason: report, "status-code": 503 });
    return goError(503, report);
  }
  const isVerbose = new URLSearchParams(request.query).has("verbose");
  return { ...goError(200, "ok"), body: isVerbose ? `${report}ok\n` : "ok\n" };
}

function recordersFor(groups: ReadonlyMap<string, Checks>, metrics: Metrics): ReadonlyMap<string, Recorder> {
  return new Map([...groups].map(([type, checks]) => [type, recorderFor(type, { checks, metrics })]));
}

function recorderFor(type: string, { checks, metrics }: { checks: Checks; metrics: Metrics }): Recorder {
  const counter = (name: string, status: string) =>
    metrics.counter({
      name: "etcd_server_healthchecks_total",
      help: "The total number of each kind of healthcheck.",
      labels: { type, name, status },
    });
  const series = new Map(
    [...checks.keys()].map((name) => [
      name,
      {
        result: metrics.gauge({
          name: "etcd_server_healthcheck",
          help: "The result of each kind of healthcheck.",
          labels: { type, name },
        }),
        success: counter(name, "success"),
        error: counter(name, "error"),
      },
    ]),
  );
  return (check, isOk) => {
    const { result, success, error } = series.get(check)!;
    result.set(isOk ? 1 : 0);
    (isOk ? success : error).inc();
  };
}
