/**
 * The modules of 0.2 and 0.3 put together: dashboard, lock and leader below `/mod`. Served by those releases, and by every
 * listener when modules are asked for.
 */
import type { Clock, HttpRequest, HttpResponse } from "../../ports/index.ts";
import { goRedirect, pageNotFound, pathProblem, plainError, type V2AuthGuard, type V2Member } from "../v2/index.ts";
import { dashboardPage } from "./dashboard-page.ts";
import { createLeaderModule } from "./leader-module.ts";
import { bareRedirect } from "./legacy-answers.ts";
import type { LegacyRoute } from "./legacy-routes.ts";
import { LockModule, lockKeys, moduleError } from "./lock-module.ts";

/** What the modules work with. */
export interface ModulesOptions {
  readonly member: V2Member;
  readonly clock: Clock;
  readonly guard: V2AuthGuard;
  /** 0.2 had the dashboard alone, without the redirect to it but with two pages by name. */
  readonly generation: "0.2" | "0.3";
}

/** The routes below `/mod`. */
export function createModules({ member, clock, guard, generation }: ModulesOptions): LegacyRoute[] {
  const entry: LegacyRoute = (request, path) => (path === "/mod" ? bareRedirect("/", request.method) : undefined);
  const dashboard = createDashboard(member, generation);
  if (generation === "0.2") return [entry, dashboard];
  const lock = new LockModule({ member, clock });
  const guarded = (serve: ModuleHandler): ModuleHandler => withGuard(serve, guard);
  return [
    entry,
    dashboard,
    below(
      "/mod/v2/lock",
      guarded((request, key) => lock.serve(request, key)),
    ),
    below("/mod/v2/leader", guarded(createLeaderModule(lock))),
  ];
}

type ModuleHandler = (request: HttpRequest, key: string) => HttpResponse | Promise<HttpResponse> | undefined;

/** Locks are keys, and guarded like them. */
function withGuard(serve: ModuleHandler, guard: V2AuthGuard): ModuleHandler {
  return (request, key) => {
    const allowed = guard.mayAccess(request, { path: `${lockKeys}${key}`, recursive: false });
    if (allowed === true) return serve(request, key);
    return Promise.resolve(allowed).then(async (is) =>
      is ? await (serve(request, key) ?? pageNotFound()) : noAccess(),
    );
  };
}

function noAccess(): HttpResponse {
  return moduleError(110, "Insufficient credentials");
}

function below(prefix: string, serve: ModuleHandler): LegacyRoute {
  return (request, path) => {
    if (path === prefix) return bareRedirect("/", request.method);
    if (!path.startsWith(`${prefix}/`) || path.includes("\n")) return undefined;
    const tooLarge = pathProblem(path);
    if (tooLarge !== undefined) return plainError(400, tooLarge);
    return serve(request, path.slice(prefix.length));
  };
}

function createDashboard(member: V2Member, generation: "0.2" | "0.3"): LegacyRoute {
  const prefix = "/mod/dashboard/";
  const pages = generation === "0.2" ? ["", "browser", "stats"] : [""];
  return (request, path) => {
    if (path === "/mod/dashboard" && generation === "0.3") return found(request);
    if (!path.startsWith(prefix)) return undefined;
    const page = path.slice(prefix.length);
    if (pages.includes(page)) return dashboardPage(member);
    if (generation === "0.3" && (page === "browser" || page === "stats")) return undefined;
    return plainError(404, `${page}: File not found`);
  };
}

function found(request: HttpRequest): HttpResponse {
  const { headers, body } = goRedirect("/mod/dashboard/", request.method);
  const page = typeof body === "string" ? body.replace("Moved Permanently", "Found") : body;
  return { status: 302, headers, body: page };
}
