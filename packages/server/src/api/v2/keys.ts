/**
 * `/v2/keys` as releases from 2.0 on serve it. A read answers from this member's tree, or with `quorum=true` through the
 * log; a watch sends its headers at once and its events as they come.
 */
import type { Request } from "@etcd-ts/proto";
import type { HttpRequest, HttpResponse } from "../../ports/index.ts";
import {
  formatEvent,
  isCreated,
  type NodeForm,
  namespaces,
  type ReadOptions,
  type V2Event,
  type V2Failure,
  type V2Result,
  v2Actions,
  v2Methods,
  type WatchRules,
} from "../../v2/index.ts";
import { failureAnswer, refuseMethod } from "./answers.ts";
import type { V2AuthGuard } from "./auth-guard.ts";
import { parseForm } from "./form.ts";
import { isProblem, type KeysRequest, parseKeysRequest } from "./keys-request.ts";
import { propose } from "./propose.ts";
import type { V2Member } from "./v2-member.ts";
import { eventStream } from "./watch-stream.ts";

/** What differs between the releases that serve the keys this way. */
export interface KeysDialect {
  /** Whether `noValueOnSuccess` is known: 3.3 brought it. */
  readonly knowsNoValue: boolean;
  /** Whether the event of an expired directory says that it was one. */
  readonly marksExpiredDirectories: boolean;
  readonly watchRules: WatchRules;
}

/** What the handler works with. */
export interface KeysParts {
  readonly member: V2Member;
  readonly dialect: KeysDialect;
  readonly guard: V2AuthGuard;
}

const methods = ["HEAD", "GET", "PUT", "POST", "DELETE"];
/** Keys of clients are told without the namespace they are kept in. */
export const clientForm: NodeForm = { keyStart: namespaces.keys.length, rootKey: "", emptyValues: true };

/** Serves the keys; `path` is what follows `/v2/keys`, decoded. What needs neither log nor password is answered at once. */
export function createKeys(
  parts: KeysParts,
): (request: HttpRequest, path: string) => HttpResponse | Promise<HttpResponse> {
  const { member, dialect, guard } = parts;
  return (request, path) => {
    const { method } = request;
    const refusal = refuseMethod(method, methods);
    if (refusal !== undefined) return refusal;
    const form = parseForm(request);
    const parsed = parseKeysRequest({ method, path, form, nowMs: member.nowMs(), knowsNoValue: dialect.knowsNoValue });
    if (isProblem(parsed)) return refuse(parsed, parts);
    const allowed = guard.mayAccess(request, { path, recursive: parsed.request.recursive });
    const call = { member, dialect, guard, parsed };
    if (allowed === true) return serve(request, call);
    if (allowed === false) return refuse(noAccess, parts);
    return allowed.then((may) => (may ? serve(request, call) : refuse(noAccess, parts)));
  };
}

interface KeysCall extends KeysParts {
  readonly parsed: KeysRequest;
}

function serve(http: HttpRequest, call: KeysCall): HttpResponse | Promise<HttpResponse> {
  const { member, parsed } = call;
  const { request } = parsed;
  if (request.wait) return watch(request, { ...call, signal: http.signal });
  const result = perform(request, member);
  return result instanceof Promise ? result.then((one) => answerResult(one, call)) : answerResult(result, call);
}

function answerResult({ event, failure }: V2Result, call: KeysCall): HttpResponse {
  return event === undefined ? refuse(asAsked(failure ?? nothing, call.parsed), call) : answer(event, call);
}

const noAccess: V2Failure = { code: 110, cause: "Insufficient credentials", index: 0 };
const nothing: V2Failure = { code: 300, cause: "received response with no Event/Watcher", index: 0 };

function perform(request: Request, member: V2Member): V2Result | Promise<V2Result> {
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (isRead && !(request.quorum && request.method === "GET")) return member.read(readOptions(request, member.nowMs()));
  return propose(isRead ? { ...request, method: v2Methods.quorumGet } : request, member);
}

function readOptions({ path, recursive, sorted }: Request, nowMs: number): ReadOptions {
  return { path, recursive, sorted, nowMs };
}

function watch(request: Request, parts: KeysParts & { signal: AbortSignal }): HttpResponse {
  const { member, dialect, signal } = parts;
  const { path, recursive, stream, since } = request;
  const watcher = member.watch({ path, recursive, stream, sinceIndex: since, rules: dialect.watchRules });
  if ("code" in watcher) return refuse(watcher, parts);
  const format = (event: V2Event): string => `${formatEvent(inDialect(event, dialect), clientForm)}\n`;
  return {
    status: 200,
    headers: answerHeaders(member, watcher.startIndex),
    body: eventStream(watcher, { format, stream, signal }),
  };
}

function answer(event: V2Event, { member, dialect, parsed }: KeysCall): HttpResponse {
  const body =
    parsed.noValueOnSuccess && writeActions.has(event.action)
      ? `{"action":"${event.action}"}\n`
      : `${formatEvent(inDialect(event, dialect), clientForm)}\n`;
  return { status: isCreated(event) ? 201 : 200, headers: answerHeaders(member, event.storeIndex), body };
}

const writeActions: ReadonlySet<string> = new Set([
  v2Actions.set,
  v2Actions.create,
  v2Actions.update,
  v2Actions.compareAndSwap,
]);

function inDialect(event: V2Event, { marksExpiredDirectories }: KeysDialect): V2Event {
  if (event.action !== v2Actions.expire || marksExpiredDirectories || !event.node.dir) return event;
  return { ...event, node: { ...event.node, dir: false } };
}

function answerHeaders(member: V2Member, index: number): Record<string, string> {
  return {
    "Content-Type": "application/json",
    "X-Etcd-Cluster-Id": member.clusterId.toString(16),
    "X-Etcd-Index": String(index),
    "X-Raft-Index": String(member.raftIndex()),
    "X-Raft-Term": String(member.raftTerm()),
  };
}

function refuse(failure: V2Failure, { member }: KeysParts): HttpResponse {
  const prefix = namespaces.keys;
  const cause = failure.cause.startsWith(prefix) ? failure.cause.slice(prefix.length) : failure.cause;
  return failureAnswer({ ...failure, cause }, { "X-Etcd-Cluster-Id": member.clusterId.toString(16) });
}

/** An index beyond what the log holds is told as it was sent. */
function asAsked(failure: V2Failure, { request, prevIndexText }: KeysRequest): V2Failure {
  if (failure.mismatch === undefined || request.prevIndex < Number.MAX_SAFE_INTEGER) return failure;
  const sent = String(BigInt(prevIndexText));
  return { ...failure, cause: failure.cause.replace(`[${request.prevIndex} != `, `[${sent} != `) };
}
