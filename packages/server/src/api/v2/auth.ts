/** `/v2/auth`: users, roles, and the switch. Nearly all of it is for root alone once the switch is on. */
import type { HttpRequest, HttpResponse } from "../../ports/index.ts";
import { failureAnswer, jsonAnswer, messageAnswer, refuseMethod } from "./answers.ts";
import { isAuthProblem } from "./auth-changes.ts";
import type { V2AuthGuard } from "./auth-guard.ts";
import {
  allowsNothing,
  formatRole,
  formatUser,
  formatUserWithRoles,
  parseRole,
  parseUser,
  type V2Role,
} from "./auth-records.ts";
import type { AuthOutcome, V2AuthStore } from "./auth-store.ts";
import type { V2Member } from "./v2-member.ts";

/** What the handler works with. */
export interface AuthParts {
  readonly member: V2Member;
  readonly store: V2AuthStore;
  readonly guard: V2AuthGuard;
}

interface Call extends AuthParts {
  readonly request: HttpRequest;
  readonly headers: Readonly<Record<string, string>>;
}

/** Serves auth; `rest` is what follows `/v2/auth`, decoded. Undefined for a path nobody serves. */
export function createAuth(
  parts: AuthParts,
): (request: HttpRequest, rest: string) => Promise<HttpResponse> | HttpResponse | undefined {
  return (request, rest) => {
    const call = { ...parts, request, headers: { "X-Etcd-Cluster-Id": parts.member.clusterId.toString(16) } };
    if (rest === "/enable") return serveSwitch(call);
    const kind = /^\/(users|roles)(?:\/|$)/.exec(rest)?.[1];
    if (kind === undefined) return undefined;
    const names = rest
      .split("/")
      .slice(2)
      .filter((name) => name !== "");
    if (names.length > 1) return messageAnswer(400, "Invalid path");
    const name = names[0];
    if (name === undefined) return kind === "users" ? listUsers(call) : listRoles(call);
    return kind === "users" ? serveUser(call, name) : serveRole(call, name);
  };
}

/** Checks method and rights, then serves. */
async function asRoot(
  call: Call,
  { methods, serve }: { methods: readonly string[]; serve: () => Promise<HttpResponse> | HttpResponse },
): Promise<HttpResponse> {
  const refusal = refuseMethod(call.request.method, methods);
  if (refusal !== undefined) return refusal;
  if (!(await call.guard.mayAdminister(call.request))) return messageAnswer(401, "Insufficient credentials");
  return serve();
}

const oneMethods = ["GET", "PUT", "DELETE"];

async function serveSwitch(call: Call): Promise<HttpResponse> {
  const { request, store, headers } = call;
  if (request.method === "GET") return jsonAnswer(200, `{"enabled":${store.isEnabled}}\n`, headers);
  const serve = async (): Promise<HttpResponse> => {
    const outcome = request.method === "PUT" ? await store.enable() : await store.disable();
    return settle(outcome, call, () => jsonAnswer(200, "", headers));
  };
  return asRoot(call, { methods: oneMethods, serve });
}

function listUsers(call: Call): Promise<HttpResponse> {
  const { store, headers } = call;
  const serve = (): HttpResponse => {
    const users = store.userNames().map((name) => formatUserWithRoles(name, presentRoles(call, name)));
    return jsonAnswer(200, `{"users":${users.length === 0 ? "null" : `[${users.join(",")}]`}}\n`, headers);
  };
  return asRoot(call, { methods: ["GET"], serve });
}

function presentRoles({ store }: Call, name: string): V2Role[] {
  return (store.user(name)?.roles ?? []).map((role) => store.role(role)).filter((role) => role !== undefined);
}

function listRoles(call: Call): Promise<HttpResponse> {
  const { store, headers } = call;
  const serve = (): HttpResponse => {
    const roles = store.roleNames().map((name) => store.role(name));
    const present = roles.filter((role) => role !== undefined).map(formatRole);
    return jsonAnswer(200, `{"roles":[${present.join(",")}]}\n`, headers);
  };
  return asRoot(call, { methods: ["GET"], serve });
}

function serveUser(call: Call, name: string): Promise<HttpResponse> {
  const serve = async (): Promise<HttpResponse> => {
    if (call.request.method === "GET") return showUser(call, name);
    if (call.request.method === "PUT") return putUser(call, name);
    return settle(await call.store.deleteUser(name), call, () => jsonAnswer(200, "", call.headers));
  };
  return asRoot(call, { methods: oneMethods, serve });
}

function showUser({ store, headers }: Call, name: string): HttpResponse {
  const user = store.user(name);
  if (user === undefined) return messageAnswer(404, `auth: User ${name} does not exist.`, headers);
  const roles: V2Role[] = [];
  for (const roleName of user.roles ?? []) {
    const role = store.role(roleName);
    if (role === undefined) return messageAnswer(404, `auth: Role ${roleName} does not exist.`, headers);
    roles.push(role);
  }
  return jsonAnswer(200, `${formatUserWithRoles(user.user, roles)}\n`, headers);
}

async function putUser(call: Call, name: string): Promise<HttpResponse> {
  const { request, store, headers } = call;
  const user = parseUser(new TextDecoder().decode(request.body));
  if (user === undefined) return messageAnswer(400, "Invalid JSON in request body.", headers);
  if (user.user !== name) return messageAnswer(400, "User JSON name does not match the name in the URL", headers);
  const isChange = (user.grant ?? []).length > 0 || (user.revoke ?? []).length > 0;
  const hasRoles = (user.roles ?? []).length > 0;
  if (isChange && hasRoles) return messageAnswer(400, "User JSON contains both roles and grant/revoke", headers);
  // With roles, a user is made and must not be there; with a password alone, it may be either.
  const creates = !isChange && (hasRoles || store.user(name) === undefined);
  const outcome = creates ? await store.createUser(user) : await store.updateUser(user);
  const status = creates && !hasRoles ? 201 : 200;
  return settle(outcome, call, (out) => jsonAnswer(status, `${formatUser(out)}\n`, headers));
}

function serveRole(call: Call, name: string): Promise<HttpResponse> {
  const { store, headers } = call;
  const serve = async (): Promise<HttpResponse> => {
    if (call.request.method === "PUT") return putRole(call, name);
    if (call.request.method === "DELETE")
      return settle(await store.deleteRole(name), call, () => jsonAnswer(200, "", headers));
    const role = store.role(name);
    if (role === undefined) return messageAnswer(404, `auth: Role ${name} does not exist.`, headers);
    return jsonAnswer(200, `${formatRole(role)}\n`, headers);
  };
  return asRoot(call, { methods: oneMethods, serve });
}

async function putRole(call: Call, name: string): Promise<HttpResponse> {
  const { request, store, headers } = call;
  const role = parseRole(new TextDecoder().decode(request.body));
  if (role === undefined) return messageAnswer(400, "Invalid JSON in request body.", headers);
  if (role.role !== name) return messageAnswer(400, "Role JSON name does not match the name in the URL", headers);
  const creates = allowsNothing(role.grant) && allowsNothing(role.revoke);
  if (!creates && !allowsNothing(role.permissions))
    return messageAnswer(400, "Role JSON contains both permissions and grant/revoke", headers);
  const outcome = creates ? await store.createRole(role) : await store.updateRole(role);
  return settle(outcome, call, (out) => jsonAnswer(creates ? 201 : 200, `${formatRole(out)}\n`, headers));
}

function settle<T extends object>(
  outcome: AuthOutcome<T>,
  { headers }: Call,
  answer: (done: T) => HttpResponse,
): HttpResponse {
  if ("done" in outcome) return answer(outcome.done);
  if (isAuthProblem(outcome)) return messageAnswer(outcome.status, outcome.problem, headers);
  const { failure } = outcome;
  if (failure.code === 300) return messageAnswer(500, "Internal Server Error", headers);
  return failureAnswer(failure, headers);
}
