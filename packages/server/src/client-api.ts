/**
 * What a client listener answers over HTTP/1.1, by the release it is to be: the pages for operators and the APIs before v3,
 * behind that release's checks of paths and origins.
 */
import { createLegacyHandler, createModules, type LegacyDialect, type LegacyRoute } from "./api/legacy/index.ts";
import {
  createOpsRoutes,
  firstRoute,
  type HostWhitelistOptions,
  type OpsOptions,
  withAccessControl,
  withHostWhitelist,
} from "./api/ops/index.ts";
import {
  asPagesOf23,
  corsForms,
  createV2Routes,
  decodePath,
  goRedirect,
  pageNotFound,
  type V2Auth,
  type V2Member,
  withBusyAnswer,
  withCleanPaths,
  withCors,
  withDecodablePaths,
} from "./api/v2/index.ts";
import type { Dialect, ServerConfig } from "./config/index.ts";
import type { Clock, HttpHandler, HttpRoute, Logger } from "./ports/index.ts";

/** What the pages for clients are made from. */
export interface ClientApiParts {
  readonly config: Pick<ServerConfig, "enableV2" | "modules" | "cors" | "corsBefore3" | "hostWhitelist">;
  readonly member: V2Member;
  readonly auth: V2Auth;
  readonly ops: OpsOptions;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The handler of a listener. What guards against other websites and costly passwords guards every dialect. */
export function createClientApi(dialect: Dialect, parts: ClientApiParts): HttpHandler {
  return withHostWhitelist(withBusyAnswer(handlerOf(dialect, parts)), hostGuard(parts));
}

function hostGuard({ config, log }: ClientApiParts): HostWhitelistOptions {
  return {
    hostWhitelist: config.hostWhitelist,
    onRefusedHost: (host) => log.warn("rejecting HTTP request to prevent DNS rebinding attacks", { host }),
  };
}

function handlerOf(dialect: Dialect, parts: ClientApiParts): HttpHandler {
  switch (dialect) {
    case "0.2":
    case "0.3":
    case "0.4":
      return legacyApi(dialect, parts);
    case "2.3":
      return api23(parts);
    case "3.4":
    case "3.7":
      return currentApi(parts);
    default:
      return dialect satisfies never;
  }
}

function legacyApi(dialect: LegacyDialect, { config, member, clock, auth }: ClientApiParts): HttpHandler {
  const { guard } = auth;
  const generation = dialect === "0.2" && !config.modules ? "0.2" : "0.3";
  const hasModules = dialect !== "0.4" || config.modules;
  const others = hasModules ? createModules({ member, clock, guard, generation }) : [];
  return createLegacyHandler({ member, dialect, guard, cors: config.corsBefore3, others });
}

function api23(parts: ClientApiParts): HttpHandler {
  const { config, member, auth } = parts;
  const routes = [createV2Routes({ member, dialect: "2.3", auth }), beforeGateway, ...modules(parts)];
  const clean = withCleanPaths(firstRoute([...routes, ...createOpsRoutes(parts.ops)]), goRedirect);
  return withDecodablePaths(withCors(asPagesOf23(clean), { origins: config.corsBefore3, form: corsForms["2.3"] }));
}

/** The gateway came with 3.0. */
const beforeGateway: HttpRoute = (request) => (request.path === "/v3" ? pageNotFound() : undefined);

function currentApi(parts: ClientApiParts): HttpHandler {
  const { config, member, auth, ops } = parts;
  const v2 = config.enableV2 ? [createV2Routes({ member, dialect: "3.4", auth })] : [];
  const handler = firstRoute([...v2, ...modules(parts), ...createOpsRoutes(ops)]);
  const guarded = withAccessControl(withCleanPaths(handler, goRedirect), {
    hostWhitelist: [],
    cors: config.cors,
    refusesCommonNames: () => false,
  });
  return withDecodablePaths(guarded);
}

function modules({ config, member, clock, auth: { guard } }: ClientApiParts): HttpRoute[] {
  if (!config.modules) return [];
  return createModules({ member, clock, guard, generation: "0.3" }).map(asRoute);
}

function asRoute(route: LegacyRoute): HttpRoute {
  return (request) => route(request, decodePath(request.path) ?? request.path);
}
