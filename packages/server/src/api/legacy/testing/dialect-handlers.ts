/** The whole of what a generation serves on its client and its peer port, put together as a server would. */
import type { Clock, HttpHandler, HttpRoute } from "../../../ports/index.ts";
import { silentLogger } from "../../../ports/index.ts";
import { RecordedMetrics } from "../../../testing/index.ts";
import { createOpsRoutes, firstRoute, withAccessControl } from "../../ops/index.ts";
import {
  asPagesOf23,
  corsForms,
  createPeerMembers,
  createV2Routes,
  goRedirect,
  type Passwords,
  pageNotFound,
  refuseMethod,
  type V2Auth,
  V2AuthGuard,
  V2AuthStore,
  type V2Member,
  withCleanPaths,
  withCors,
  withDecodablePaths,
} from "../../v2/index.ts";
import { createLegacyHandler, createLegacyPeerHandler, createModules, type LegacyRoute } from "../index.ts";
import type { Dialect } from "./in-process-member.ts";

/** What the handlers are made from. */
export interface DialectOptions {
  readonly member: V2Member;
  readonly clock: Clock;
  readonly dialect: Dialect;
  readonly cors: readonly string[];
}

/** The handlers of both ports. */
export function dialectHandlers(options: DialectOptions): { client: HttpHandler; peer: HttpHandler } {
  const { member, dialect, cors } = options;
  const auth = authOf(member);
  const { guard } = auth;
  if (dialect !== "2.3" && dialect !== "3.4")
    return {
      client: createLegacyHandler({ member, dialect, guard, cors, others: modulesOf({ ...options, guard }) }),
      peer: createLegacyPeerHandler({ member, dialect, guard, activeSize: 9 }),
    };
  const version = dialect === "2.3" ? "2.3.8" : "3.4.23";
  const ops = opsRoutes(version);
  const before = dialect === "2.3" ? [beforeGateway] : [];
  const clean = withCleanPaths(firstRoute([createV2Routes({ member, dialect, auth }), ...before, ...ops]), goRedirect);
  const peer = firstRoute([createPeerMembers(member), peerTraffic, onlyVersion(ops)]);
  if (dialect === "2.3")
    return {
      client: withDecodablePaths(withCors(asPagesOf23(clean), { origins: cors, form: corsForms["2.3"] })),
      peer,
    };
  const access = { hostWhitelist: [], cors, refusesCommonNames: () => false };
  return { client: withDecodablePaths(withAccessControl(clean, access)), peer };
}

/** Users and roles, with passwords that are not worth protecting. */
function authOf(member: V2Member): V2Auth {
  const passwords: Passwords = {
    hash: (password) => Promise.resolve(`plain:${password}`),
    matches: (password, hash) => Promise.resolve(hash === `plain:${password}`),
  };
  const store = new V2AuthStore({ member, passwords });
  return { store, guard: new V2AuthGuard({ store, passwords, trustsCertificates: false }) };
}

function modulesOf({ member, clock, dialect, guard }: DialectOptions & { guard: V2AuthGuard }): LegacyRoute[] {
  return dialect === "0.2" || dialect === "0.3" ? createModules({ member, clock, guard, generation: dialect }) : [];
}

/** The gateway came with 3.0. */
const beforeGateway: HttpRoute = (request) => (request.path === "/v3" ? pageNotFound() : undefined);

/** Members talk to each other elsewhere. */
const peerTraffic: HttpRoute = (request) =>
  request.path === "/raft" ? refuseMethod(request.method, ["POST"]) : undefined;

function onlyVersion(routes: readonly HttpRoute[]): HttpRoute {
  const handler = firstRoute(routes);
  return (request) => (request.path === "/version" ? handler(request) : undefined);
}

function opsRoutes(serverVersion: string): HttpRoute[] {
  return createOpsRoutes({
    member: {
      alarms: () => [],
      hasLeader: () => true,
      isLearner: () => false,
      read: () => Promise.resolve(undefined),
      clusterVersion: () => serverVersion.replace(/\.\d+$/, ".0"),
      debugVars: () => ({ cmdline: ["etcd"] }),
      setLogLevel: () => {},
    },
    serverVersion,
    compat: "3.4",
    metrics: new RecordedMetrics(),
    metricsText: { contentType: "text/plain; version=0.0.4; charset=utf-8", text: () => Promise.resolve("# none\n") },
    log: silentLogger,
  });
}
