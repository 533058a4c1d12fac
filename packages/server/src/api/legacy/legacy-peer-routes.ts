/**
 * What the peer port of releases before 2.0 shows besides the traffic of members: names, versions, and in 0.4 the
 * administration of configuration and machines.
 */
import { EtcdError } from "@etcd-ts/proto";
import type { HttpHandler, HttpRequest, HttpResponse } from "../../ports/index.ts";
import { quote, recordMachineGone } from "../../v2/index.ts";
import {
  type ClusterMember,
  decodePath,
  jsonAnswer,
  pageNotFound,
  plainError,
  propose,
  withCleanPaths,
  withDecodablePaths,
} from "../v2/index.ts";
import { changedConfig, parseFields, readClusterConfig, recordClusterConfig } from "./cluster-config.ts";
import { accessError, bareRedirect, textAnswer, whenAllowed } from "./legacy-answers.ts";
import { type LegacyParts, legacyTraits } from "./legacy-dialect.ts";
import { leaderOf } from "./legacy-pages.ts";
import type { LegacyOptions } from "./legacy-routes.ts";

/** The store version these releases told each other; they took part with no other. */
const storeVersion = "2";

/** The handler of a peer port. */
export function createLegacyPeerHandler({
  member,
  dialect,
  guard,
}: Pick<LegacyOptions, "member" | "dialect" | "guard">): HttpHandler {
  const parts: LegacyParts = { member, dialect, guard, traits: legacyTraits[dialect] };
  const serve: HttpHandler = (request) => {
    const path = decodePath(request.path) ?? request.path;
    if (path === "/join") return takeIn(request, parts);
    const page = request.method === "GET" ? showPeerPage(path, parts) : undefined;
    return page ?? (dialect === "0.4" ? guardedAdmin(request, { ...parts, path }) : undefined) ?? pageNotFound();
  };
  return withDecodablePaths(withCleanPaths(serve, bareRedirect));
}

function showPeerPage(path: string, { member }: LegacyParts): HttpResponse | undefined {
  const own = member.members().find(({ id }) => id === member.id);
  const check = /^\/version\/(\d+)\/check$/.exec(path);
  if (check !== null) return { status: Number(check[1]) === Number(storeVersion) ? 200 : 403, headers: {}, body: "" };
  switch (path) {
    case "/name":
      return textAnswer(own?.name ?? "");
    case "/version":
      return textAnswer(storeVersion);
    case "/etcdURL":
      return textAnswer(own?.clientUrls[0] ?? "");
    // The log itself is no longer in a form that anybody of that time could read.
    case "/log":
      return jsonAnswer(200, "[]\n");
    default:
      return undefined;
  }
}

/** A machine asks to belong to the cluster; one that does already is welcome. */
async function takeIn(request: HttpRequest, { member }: LegacyParts): Promise<HttpResponse> {
  const peerUrl = parseFields(request.body)?.["raftURL"];
  if (typeof peerUrl !== "string") return plainError(500, "a machine that joins tells its raftURL");
  const belongs = member.members().some(({ peerUrls }) => peerUrls.includes(peerUrl));
  try {
    const outcome = belongs ? "done" : await member.addMember([peerUrl]);
    if (typeof outcome === "string" && outcome !== "done") return plainError(500, outcome);
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    return plainError(500, error.message);
  }
  return octets(raftIndexBytes(member.raftIndex()));
}

function octets(body: Uint8Array): HttpResponse {
  return { status: 200, headers: { "Content-Type": "application/octet-stream" }, body };
}

interface AdminCall extends LegacyParts {
  readonly path: string;
}

/** Reading needs no rights, as with members elsewhere. */
function guardedAdmin(request: HttpRequest, call: AdminCall): HttpResponse | Promise<HttpResponse> | undefined {
  if (request.method === "GET" || !call.path.startsWith("/v2/admin/")) return serveAdmin(request, call);
  const serve = (): HttpResponse | Promise<HttpResponse> => serveAdmin(request, call) ?? pageNotFound();
  return whenAllowed(call.guard.mayAdminister(request), { serve, refuse: () => accessError(call) });
}

function serveAdmin(request: HttpRequest, call: AdminCall): HttpResponse | Promise<HttpResponse> | undefined {
  const { method } = request;
  const { member, path } = call;
  if (path === "/v2/admin/config" && method === "GET") return configAnswer(call);
  if (path === "/v2/admin/config" && method === "PUT") return changeConfig(request, call);
  if (path === "/v2/admin/machines" && method === "GET")
    return jsonAnswer(
      200,
      `[${sortedByName(member.members())
        .map((one) => formatMachine(one, call))
        .join(",")}]\n`,
    );
  const name = /^\/v2\/admin\/machines\/([^/]+)$/.exec(path)?.[1];
  if (name === undefined) return undefined;
  const machine = member.members().find((one) => one.name === name);
  if (method === "GET") return jsonAnswer(200, `${machine === undefined ? "null" : formatMachine(machine, call)}\n`);
  return method === "DELETE" ? removeMachine(request, { ...call, machine }) : undefined;
}

function configAnswer({ member }: LegacyParts): HttpResponse {
  return jsonAnswer(200, `${JSON.stringify(readClusterConfig(member))}\n`);
}

async function changeConfig(request: HttpRequest, call: AdminCall): Promise<HttpResponse> {
  const { member } = call;
  const fields = parseFields(request.body);
  if (fields === undefined) return plainError(500, "invalid character in the configuration: a JSON object is needed");
  const redirect = redirectToLeadingPeer(request, call);
  if (redirect !== undefined) return redirect;
  const { failure } = await propose(recordClusterConfig(changedConfig(readClusterConfig(member), fields)), member);
  return failure === undefined ? configAnswer(call) : plainError(500, failure.cause);
}

/** Removing a machine that is not there is fine, and says nothing. */
async function removeMachine(
  request: HttpRequest,
  call: AdminCall & { machine: ClusterMember | undefined },
): Promise<HttpResponse> {
  const { member, machine } = call;
  const redirect = redirectToLeadingPeer(request, call);
  if (redirect !== undefined) return redirect;
  if (machine === undefined) return textAnswer("");
  try {
    const outcome = await member.removeMember(machine.id);
    if (outcome !== "done") return textAnswer("");
    await propose(recordMachineGone(machine.name), member);
    return octets(raftIndexBytes(member.raftIndex()));
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    return plainError(500, error.message);
  }
}

/** The index at which a machine left, as a number of seven bits a byte, in eight bytes. */
function raftIndexBytes(index: number): Uint8Array {
  const bytes = new Uint8Array(8);
  let rest = index;
  let at = 0;
  for (; rest >= 128 && at < 7; at++) {
    bytes[at] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  bytes[at] = rest;
  return bytes;
}

function redirectToLeadingPeer(request: HttpRequest, call: AdminCall): HttpResponse | undefined {
  const leader = leaderOf(call);
  if (leader?.id === call.member.id) return undefined;
  const url = leader?.peerUrls[0];
  if (url === undefined) return plainError(500, "no leader");
  return { status: 307, headers: { Location: `${url.replace(/\/$/, "")}${request.path}` }, body: "" };
}

function formatMachine({ id, name, clientUrls, peerUrls }: ClusterMember, call: AdminCall): string {
  const state = leaderOf(call)?.id === id ? "leader" : "follower";
  const urls = `"clientURL":${quote(clientUrls[0] ?? "")},"peerURL":${quote(peerUrls[0] ?? "")}`;
  return `{"name":${quote(name)},"state":"${state}",${urls}}`;
}

function sortedByName(members: readonly ClusterMember[]): ClusterMember[] {
  return members.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}
