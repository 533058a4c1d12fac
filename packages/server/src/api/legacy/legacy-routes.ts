/**
 * Everything a release before 2.0 serves on its client port, put together: the router of that time, which knew paths
 * and methods, and answered 404 for whatever it did not know.
 */
import type { HttpHandler, HttpRequest, HttpResponse } from "../../ports/index.ts";
import {
  type CorsForm,
  corsForms,
  decodePath,
  pageNotFound,
  parseForm,
  pathProblem,
  plainError,
  type V2AuthGuard,
  type V2Member,
  withCleanPaths,
  withCors,
  withDecodablePaths,
} from "../v2/index.ts";
import { accessError, bareRedirect, textAnswer, whenAllowed } from "./legacy-answers.ts";
import { guessedType, type LegacyDialect, type LegacyParts, legacyTraits } from "./legacy-dialect.ts";
import { serveKeys } from "./legacy-keys.ts";
import { showLeader, showLeaderStats, showMachines, showSelfStats, showStoreStats } from "./legacy-pages.ts";
import { serveV1Keys, serveV1Watch } from "./v1-keys.ts";

/** What the handler is made from. */
export interface LegacyOptions {
  readonly member: V2Member;
  readonly dialect: LegacyDialect;
  readonly guard: V2AuthGuard;
  /** Origins allowed to ask from browsers; empty for none. */
  readonly cors: readonly string[];
  /** Further pages, asked after the API's own. */
  readonly others?: readonly LegacyRoute[];
}

/** Answers paths of its own, decoded; undefined for others. */
export type LegacyRoute = (request: HttpRequest, path: string) => HttpResponse | Promise<HttpResponse> | undefined;

/** The handler of a client port. */
export function createLegacyHandler({ member, dialect, guard, cors, others = [] }: LegacyOptions): HttpHandler {
  const parts = { member, dialect, guard, traits: legacyTraits[dialect] };
  const migration = dialect === "0.4" ? [createMigration(parts)] : [];
  const routes = [createPages(parts), createKeyRoutes(parts), ...migration, ...others];
  const serve: HttpHandler = (request) => {
    const path = decodePath(request.path) ?? request.path;
    const tooLarge = pathProblem(path);
    if (tooLarge !== undefined) return plainError(400, tooLarge);
    for (const route of routes) {
      const response = route(request, path);
      if (response !== undefined) return response;
    }
    return pageNotFound();
  };
  const form: CorsForm = corsForms[dialect];
  return withDecodablePaths(withCors(withCleanPaths(serve, bareRedirect), { origins: cors, form }));
}

function createKeyRoutes(parts: LegacyParts): LegacyRoute {
  const below = (prefix: string, path: string): string | undefined =>
    path.startsWith(`${prefix}/`) && !path.includes("\n") ? path.slice(prefix.length) : undefined;
  return (request, path) => {
    const key = below("/v2/keys", path);
    if (key !== undefined) return serveKeys(request, { ...parts, key });
    const v1Key = below("/v1/keys", path);
    if (v1Key !== undefined) return serveV1Keys(request, { ...parts, key: v1Key });
    const watched = below("/v1/watch", path);
    if (watched === undefined || !mayWatch(request, parts)) return undefined;
    return serveV1Watch(request, { ...parts, key: watched });
  };
}

function mayWatch({ method }: HttpRequest, { traits }: LegacyParts): boolean {
  return method === "GET" || method === "POST" || (method === "HEAD" && traits.answersHead);
}

function createPages(parts: LegacyParts): LegacyRoute {
  const { traits } = parts;
  const pages = new Map<string, () => HttpResponse>();
  for (const api of ["/v1", "/v2"]) {
    pages.set(`${api}/leader`, () => showLeader(parts));
    pages.set(`${api}/machines`, () => showMachines(parts));
    if (traits.servesPeers) pages.set(`${api}/peers`, () => showMachines(parts));
    pages.set(`${api}/stats/self`, () => showSelfStats(parts));
    pages.set(`${api}/stats/leader`, () => showLeaderStats(parts));
    pages.set(`${api}/stats/store`, () => showStoreStats(parts));
  }
  return (request, path) => {
    if (path === "/version") return request.method === "GET" ? textAnswer(traits.version) : undefined;
    const page = pages.get(path);
    if (page === undefined || !(request.method === "GET" || (request.method === "HEAD" && traits.answersHead)))
      return undefined;
    return request.method === "HEAD" ? withoutBody(page()) : page();
  };
}

/** Go guesses no type for what it does not send. */
function withoutBody({ status, headers }: HttpResponse): HttpResponse {
  const { "Content-Type": type, ...others } = headers;
  return { status, headers: type === "application/json" ? headers : others, body: "" };
}

/** 0.4 gave its store to those who moved to 2.0; it writes none to disk here, where nobody would look for it. */
function createMigration(parts: LegacyParts): LegacyRoute {
  return (request, path) => {
    if (path !== "/v2/migration/snapshot" || request.method !== "GET") return undefined;
    const disk = parseForm(request).values.get("disk") ?? "";
    if (disk !== "" && disk !== "false") return plainError(400, `invalid parameter: disk=${disk}`);
    const serve = (): HttpResponse => ({
      status: 200,
      headers: { "Content-Type": guessedType },
      body: parts.member.keysSnapshot(),
    });
    return whenAllowed(parts.guard.mayAdminister(request), { serve, refuse: () => accessError(parts) });
  };
}
