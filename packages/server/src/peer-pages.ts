/**
 * The pages of a peer port: what a release shows there besides the traffic of members. Paths of that traffic are left to the
 * peer protocol, so members of one cluster may show different releases.
 */
import { createLegacyPeerHandler } from "./api/legacy/index.ts";
import { createOpsRoutes, firstRoute, type OpsOptions } from "./api/ops/index.ts";
import { createPeerMembers, pageNotFound, refuseMethod, type V2Auth, type V2Member } from "./api/v2/index.ts";
import { isLegacy, type ServerConfig } from "./config/index.ts";
import { releaseHeader } from "./member/index.ts";
import type { HttpHandler, HttpRequest, HttpResponse, HttpRoute } from "./ports/index.ts";

const trafficPaths = /^\/(?:raft\/|leases(?:\/|$)|members\/promote\/|downgrade\/)/;

/** Answers what is a page; undefined for the traffic of members. */
export function createPeerPages(
  { compat, legacyCluster }: Pick<ServerConfig, "compat" | "legacyCluster">,
  { member, auth, ops, release }: { member: V2Member; auth: V2Auth; ops: OpsOptions; release: string },
): (request: HttpRequest) => ReturnType<HttpHandler> | undefined {
  const pages = isLegacy(compat)
    ? createLegacyPeerHandler({ member, dialect: compat, guard: auth.guard, ...legacyCluster })
    : firstRoute([createPeerMembers(member), onlyVersion(createOpsRoutes(ops))]);
  return (request) => {
    if (trafficPaths.test(request.path) || isTraffic(request)) return undefined;
    if (request.path === "/raft") return refuseMethod(request.method, ["POST"]) ?? pageNotFound();
    const answer = pages(request);
    return request.path === "/version" ? withRelease(answer, release) : answer;
  };
}

/** The version of a cluster is decided by what its members are, not by the releases they pass for. */
async function withRelease(answer: ReturnType<HttpHandler>, release: string): Promise<HttpResponse> {
  const { headers, ...rest } = await answer;
  return { ...rest, headers: { ...headers, [releaseHeader]: release } };
}

/** Joining members ask for the list, whatever the release shown. */
function isTraffic({ path, method }: HttpRequest): boolean {
  return (path === "/raft" && method === "POST") || (path === "/members" && method === "GET");
}

function onlyVersion(routes: readonly HttpRoute[]): HttpRoute {
  const handler = firstRoute(routes);
  return (request) => (request.path === "/version" ? handler(request) : undefined);
}
