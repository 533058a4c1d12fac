/**
 * The v2 API of 2.3 and 3.4 put together: one route for everything below `/v2`. Paths reach it clean and decodable
 * (`withCleanPaths`). What it does not serve it leaves to others.
 */
import type { HttpRequest, HttpResponse, HttpRoute } from "../../ports/index.ts";
import { refuseMethod } from "./answers.ts";
import { createAuth } from "./auth.ts";
import type { V2AuthGuard } from "./auth-guard.ts";
import type { V2AuthStore } from "./auth-store.ts";
import { decodePath } from "./go-url.ts";
import { createKeys, type KeysDialect } from "./keys.ts";
import { createMembers, type MembersDialect } from "./members.ts";
import { leaderStats, selfStats, storeStats } from "./stats.ts";
import type { V2Member } from "./v2-member.ts";

/** A release that serves v2 this way. */
export type V2Dialect = "2.3" | "3.4";

/** What differs between the two. */
export const v2Dialects: Readonly<Record<V2Dialect, KeysDialect & MembersDialect>> = {
  "2.3": {
    knowsNoValue: false,
    marksExpiredDirectories: false,
    watchRules: "2.3",
    errorSource: "etcdserver",
    schemes: "http or https",
    allowsUnixUrls: false,
    removesLastMember: true,
  },
  "3.4": {
    knowsNoValue: true,
    marksExpiredDirectories: true,
    watchRules: "3.4",
    errorSource: "membership",
    schemes: "http, https, unix, or unixs",
    allowsUnixUrls: true,
    removesLastMember: false,
  },
};

/** What the API works with. */
export interface V2RoutesOptions {
  readonly member: V2Member;
  readonly dialect: V2Dialect;
  readonly auth: V2Auth;
}

/** Users and roles, and the guard that asks them. */
export interface V2Auth {
  readonly store: V2AuthStore;
  readonly guard: V2AuthGuard;
}

/** The route; answers everything it knows, with `undefined` for the rest. */
export function createV2Routes({ member, dialect: name, auth }: V2RoutesOptions): HttpRoute {
  const dialect = v2Dialects[name];
  const keys = createKeys({ member, dialect, guard: auth.guard });
  const members = createMembers({ member, dialect, guard: auth.guard });
  const users = createAuth({ member, ...auth });
  return (request) => {
    const path = decodePath(request.path);
    if (path === undefined || !path.startsWith("/v2/")) return undefined;
    const key = below("/v2/keys", path);
    if (key !== undefined) return keys(request, key);
    const memberName = below("/v2/members", path);
    if (memberName !== undefined) return members(request, memberName);
    const user = below("/v2/auth", path);
    if (user !== undefined) return users(request, user);
    return servePage(request, { path, member });
  };
}

/** What follows the prefix, which ends with a whole name; undefined elsewhere. */
function below(prefix: string, path: string): string | undefined {
  if (!path.startsWith(prefix)) return undefined;
  return path.length === prefix.length || path[prefix.length] === "/" ? path.slice(prefix.length) : undefined;
}

function servePage(
  request: HttpRequest,
  { path, member }: { path: string; member: V2Member },
): HttpResponse | undefined {
  switch (path) {
    case "/v2/machines":
      return refuseMethod(request.method, ["GET", "HEAD"]) ?? machines(member);
    case "/v2/stats/store":
      return refuseMethod(request.method, ["GET"]) ?? storeStats(member);
    case "/v2/stats/self":
      return refuseMethod(request.method, ["GET"]) ?? selfStats(member);
    case "/v2/stats/leader":
      return refuseMethod(request.method, ["GET"]) ?? leaderStats(member);
    default:
      return undefined;
  }
}

/** The client URLs of all members. */
function machines(member: V2Member): HttpResponse {
  return { status: 200, headers: { "Content-Type": "text/plain; charset=utf-8" }, body: clientUrls(member).join(", ") };
}

/** All client URLs, sorted as Go sorts them. */
export function clientUrls(member: V2Member): string[] {
  return member
    .members()
    .flatMap((one) => one.clientUrls)
    .sort();
}
