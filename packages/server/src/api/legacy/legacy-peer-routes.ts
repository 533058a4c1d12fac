/**
 * What the peer port of releases before 2.0 shows besides the traffic of members: names, versions, and in 0.4 the
 * administration of configuration and machines.
 */

import { quote } from "../../lib/go-json.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "../../ports/index.ts";
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
import { dismiss, machineName, takeIn } from "./machine-changes.ts";

/** The store version these releases told each other; they took part with no other. */
const storeVersion = "2";

/** What the handler is made from. */
export interface LegacyPeerOptions extends Pick<LegacyOptions, "member" | "dialect" | "guard"> {
  /** How many machines take part, where the cluster does not keep it itself. */
  readonly activeSize: number;
}

/** The handler of a peer port. */
export function createLegacyPeerHandler({ member, dialect, guard, activeSize }: LegacyPeerOptions): HttpHandler {
  const parts: LegacyParts = { member, dialect, guard, traits: legacyTraits[dialect] };
  const serve: HttpHandler = (request) => {
    const path = decodePath(request.path) ?? request.path;
    if (path === "/join") return join(request, { ...parts, activeSize });
    const removed = /^\/remove\/(.+)$/.exec(path)?.[1];
    if (removed !== undefined) return removeByName(request, { ...parts, path, name: removed });
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

/** A machine asks to belong to the cluster. */
function join(
  request: HttpRequest,
  call: LegacyParts & { readonly activeSize: number },
): HttpResponse | Promise<HttpResponse> {
  const redirect = redirectToLeadingPeer(request, call);
  if (redirect !== undefined) return redirect;
  const activeSize = call.dialect === "0.4" ? readClusterConfig(call.member).activeSize : call.activeSize;
  return takeIn(request, { ...call, activeSize });
}

interface AdminCall extends LegacyParts {
  readonly path: string;
}

/** The way to remove a machine before 0.4 had administration. */
function removeByName(
  request: HttpRequest,
  call: AdminCall & { readonly name: string },
): HttpResponse | Promise<HttpResponse> {
  if (request.method !== "DELETE") return { status: 405, headers: {}, body: "" };
  const serve = () => removeMachine(request, { ...call, machine: machineNamed(call.name, call) });
  return whenAllowed(call.guard.mayAdminister(request), { serve, refuse: () => accessError(call) });
}

/** Reading needs no rights, as with members elsewhere. */
function guardedAdmin(request: HttpRequest, call: AdminCall): HttpResponse | Promise<HttpResponse> | undefined {
  if (request.method === "GET" || !call.path.startsWith("/v2/admin/")) return serveAdmin(request, call);
  const serve = (): HttpResponse | Promise<HttpResponse> => serveAdmin(request, call) ?? pageNotFound();
  return whenAllowed(call.guard.mayAdminister(request), { serve, refuse: () => accessError(call) });
}

function serveAdmin(request: HttpRequest, call: AdminCall): HttpResponse | Promise<HttpResponse> | undefined {
  const { method } = request;
  const { path } = call;
  if (path === "/v2/admin/config" && method === "GET") return configAnswer(call);
  if (path === "/v2/admin/config" && method === "PUT") return changeConfig(request, call);
  if (path === "/v2/admin/machines" && method === "GET")
    return jsonAnswer(
      200,
      `[${machinesOf(call)
        .map((one) => formatMachine(one, call))
        .join(",")}]\n`,
    );
  const name = /^\/v2\/admin\/machines\/([^/]+)$/.exec(path)?.[1];
  if (name === undefined) return undefined;
  const machine = machineNamed(name, call);
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
  const answer = machine === undefined ? undefined : await dismiss(member, machine);
  return answer ?? textAnswer("");
}

function redirectToLeadingPeer(request: HttpRequest, call: LegacyParts): HttpResponse | undefined {
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

function machineNamed(name: string, call: LegacyParts): ClusterMember | undefined {
  return machinesOf(call).find((one) => one.name === name);
}

/** Sorted by name; one that has not started yet is there with what it told when it joined. */
function machinesOf({ member }: LegacyParts): ClusterMember[] {
  const machines = member.members().map((one) => ({ ...one, name: machineName(member, one) }));
  return machines.sort((left, right) => (left.name < right.name ? -1 : 1));
}
