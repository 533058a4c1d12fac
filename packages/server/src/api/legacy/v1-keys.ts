/** `/v1/keys` and `/v1/watch`: the first API, a view of the same tree. */
import { Request } from "@etcd-ts/proto";
import type { HttpRequest, HttpResponse } from "../../ports/index.ts";
import { namespaces, nanosOf, type V2Event } from "../../v2/index.ts";
import { atMostSafe, closeOnAbort, parseForm, parseUnsigned, propose } from "../v2/index.ts";
import {
  accessError,
  type Handlers,
  handlerFor,
  parameterError,
  redirectToLeader,
  textAnswer,
  treeError,
  whenAllowed,
  writeError,
} from "./legacy-answers.ts";
import type { LegacyParts } from "./legacy-dialect.ts";
import { v1Event } from "./legacy-events.ts";
import { expirationOf, inTheirWay, type KeysCall } from "./legacy-keys.ts";
import { watchRulesOf } from "./legacy-watch.ts";

/** Serves `/v1/keys`; `key` is what follows, decoded. */
export function serveV1Keys(
  request: HttpRequest,
  parts: LegacyParts & { key: string },
): HttpResponse | Promise<HttpResponse> | undefined {
  const call = callOf(request, parts);
  const serve = handlerFor(call, handlers);
  return serve === undefined ? undefined : guarded(call, { key: parts.key, serve: () => serve(call) });
}

const handlers: Handlers<KeysCall> = new Map([
  ["GET", read],
  ["PUT", set],
  ["POST", set],
  ["DELETE", remove],
]);

function remove(call: KeysCall): Promise<HttpResponse> {
  return dispatch(Request.create({ method: "DELETE", path: call.path }), { ...call, makesNode: false });
}

function guarded(
  call: KeysCall,
  { key, serve }: { key: string; serve: () => HttpResponse | Promise<HttpResponse> },
): HttpResponse | Promise<HttpResponse> {
  const allowed = call.guard.mayAccess(call.request, { path: key, recursive: false });
  return whenAllowed(allowed, { serve, refuse: () => accessError(call) });
}

/** Serves `/v1/watch`: the next change, or with POST the first from an index on. */
export function serveV1Watch(
  request: HttpRequest,
  parts: LegacyParts & { key: string },
): HttpResponse | Promise<HttpResponse> {
  const call = callOf(request, parts);
  return guarded(call, { key: parts.key, serve: () => watch(call) });
}

async function watch(call: KeysCall): Promise<HttpResponse> {
  const { request } = call;
  const { member, path, values } = call;
  const since = request.method === "POST" ? parseUnsigned(values.get("index") ?? "") : 0n;
  if (since === undefined) return parameterError(203, "Watch From Index", call);
  const sinceIndex = Number(atMostSafe(since));
  const watcher = member.watch({ path, recursive: false, stream: false, sinceIndex, rules: watchRulesOf(call) });
  if ("code" in watcher) return treeError({ code: 500, cause: path, index: member.index() }, call);
  const close = closeOnAbort(watcher, request.signal);
  const event = await watcher.next();
  close();
  return event === undefined ? textAnswer("") : answer(event, { ...call, index: currentIndex(call) });
}

function callOf(request: HttpRequest, { key, ...parts }: LegacyParts & { key: string }): KeysCall {
  return { ...parts, request, path: `${namespaces.keys}${key}`, values: parseForm(request).values };
}

function read(call: KeysCall): HttpResponse {
  const { member, path, request } = call;
  const { event, failure } = member.read({ path, recursive: false, sorted: false, nowMs: member.nowMs() });
  if (failure !== undefined) return treeError(failure, call);
  if (request.method === "HEAD" || event === undefined) return textAnswer("");
  return answer(event, { ...call, index: currentIndex(call) });
}

function set(call: KeysCall): HttpResponse | Promise<HttpResponse> {
  const { values, path } = call;
  const val = values.get("value") ?? "";
  if (val === "") return parameterError(200, "Set", call);
  const expiration = expirationOf(call);
  if (expiration === undefined) return parameterError(202, "Set", call);
  const write = { method: "PUT", path, val, expiration };
  const prevValue = values.get("prevValue");
  if (prevValue === undefined) return dispatch(Request.create(write), { ...call, makesNode: true });
  if (prevValue === "") return dispatch(Request.create({ ...write, prevExist: false }), { ...call, makesNode: true });
  return dispatch(inTheirWay({ ...write, prevValue }, call), { ...call, makesNode: false });
}

async function dispatch(request: Request, call: KeysCall & { makesNode: boolean }): Promise<HttpResponse> {
  const redirect = redirectToLeader(call.request, call);
  if (redirect !== undefined) return redirect;
  const { member, traits } = call;
  const { event, failure } = await propose({ ...request, time: nanosOf(member.nowMs()) }, member);
  if (event !== undefined) return answer(event, { ...call, index: undefined });
  const problem = failure ?? { code: 300 as const, cause: "Empty result from raft", index: member.index() };
  const isDirectory = problem.code === 102 && request.method === "DELETE" && traits.firstTexts;
  return writeError(isDirectory ? { ...problem, cause: "" } : problem, call);
}

/** Reads tell the index of the tree from 0.3 on; 0.2 told the node's. */
function currentIndex({ member, traits }: KeysCall): number | undefined {
  return traits.flatEvents ? undefined : member.index();
}

function answer(event: V2Event, { traits, index }: KeysCall & { index: number | undefined }): HttpResponse {
  return textAnswer(v1Event(event, { traits, index }));
}
