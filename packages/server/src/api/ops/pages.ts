/** `/version`, `/metrics`, `/debug/vars`, and 3.4's `/config/local/log`. */
import type { HttpRequest, HttpResponse, HttpRoute, LogLevel } from "../../ports/index.ts";
import { wrongMethod } from "./go-answers.ts";
import type { OpsMember } from "./ops-member.ts";

/** The text of a scrape and its type. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/** Answers `/version`, in the recorded form. */
export function createVersion(options: { member: OpsMember; serverVersion: string }): HttpRoute {
  const { member, serverVersion } = options;
  return (request) => {
    if (request.path !== "/version") return undefined;
    const versions = {
      etcdserver: serverVersion,
      etcdcluster: member.clusterVersion() ?? "not_decided",
    };
    return wrongMethod(request, "GET") ?? json("application/json", JSON.stringify(versions));
  };
}

/** Answers `/metrics`, to any method, as Prometheus' Go handler does. */
export function createMetricsPage(metrics: MetricsText): HttpRoute {
  return (request) => {
    if (request.path !== "/metrics") return undefined;
    const headers = { "Content-Type": metrics.contentType };
    return metrics.text().then((body) => ({ status: 200, headers, body }));
  };
}

/** Answers `/debug/vars` in the form of Go's expvar: one variable a line, sorted by name. */
export function createDebugVars(member: OpsMember): HttpRoute {
  return (request) => {
    if (request.path !== "/debug/vars") return undefined;
    const refusal = wrongMethod(request, "GET");
    if (refusal !== undefined) return refusal;
    const lines = Object.entries(member.debugVars())
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
    return json("application/json; charset=utf-8", `{\n${lines.join(",\n")}\n}\n`);
  };
}

/** Answers 3.4's `/config/local/log`: `PUT {"Level":"DEBUG"}` changes the log level until the next start. */
export function createLogLevel(member: OpsMember): HttpRoute {
  return (request) => {
    if (request.path !== "/config/local/log") return undefined;
    return wrongMethod(request, "PUT") ?? changeLogLevel(request, member);
  };
}

const logLevels: Readonly<Record<string, LogLevel>> = {
  CRITICAL: "fatal",
  C: "fatal",
  ERROR: "error",
  "0": "error",
  E: "error",
  WARNING: "warn",
  "1": "warn",
  W: "warn",
  NOTICE: "info",
  "2": "info",
  N: "info",
  INFO: "info",
  "3": "info",
  I: "info",
  DEBUG: "debug",
  "4": "debug",
  D: "debug",
  TRACE: "debug",
  "5": "debug",
  T: "debug",
};

function changeLogLevel(request: HttpRequest, member: OpsMember): HttpResponse {
  const name = levelName(request.body);
  if (name === undefined) return badRequest("Invalid json body");
  const key = name.toUpperCase();
  const level = Object.hasOwn(logLevels, key) ? logLevels[key] : undefined;
  if (level === undefined) return badRequest(`Invalid log level ${name}`);
  member.setLogLevel(level);
  return { status: 204, headers: {}, body: "" };
}

/** Go finds the field whatever its case. */
function levelName(body: Uint8Array): string | undefined {
  try {
    const fields = Object.entries(JSON.parse(new TextDecoder().decode(body)) as object);
    const value: unknown = fields.find(([name]) => name.toLowerCase() === "level")?.[1] ?? "";
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function badRequest(message: string): HttpResponse {
  return { ...json("application/json", JSON.stringify({ message })), status: 400 };
}

function json(type: string, body: string): HttpResponse {
  return { status: 200, headers: { "Content-Type": type }, body };
}
