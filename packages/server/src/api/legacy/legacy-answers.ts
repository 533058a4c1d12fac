/** The shapes of answers before 2.0: events with their headers, numbered errors, redirects to the leader. */
import { type V2Error, type V2ErrorCode, v2Errors } from "@etcd-ts/proto";
import type { HttpRequest, HttpResponse } from "../../ports/index.ts";
import { namespaces, parentPath, type V2Failure } from "../../v2/index.ts";
import { escapeHtml, failureBody, type RedirectForm } from "../v2/index.ts";
import { guessedType, type LegacyParts } from "./legacy-dialect.ts";

/** A text whose type Go guesses. */
export function textAnswer(body: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status: 200, headers: body === "" ? headers : { "Content-Type": guessedType, ...headers }, body };
}

/** The headers of an answer on keys. */
export function keysHeaders({ member, traits }: LegacyParts, index: number): Record<string, string> {
  return {
    "Content-Type": traits.eventType ?? guessedType,
    "X-Etcd-Index": String(index),
    "X-Raft-Index": String(member.raftIndex()),
    "X-Raft-Term": String(member.raftTerm()),
  };
}

/** A problem with a parameter: told with the present index. */
export function parameterError(code: V2ErrorCode, cause: string, parts: LegacyParts): HttpResponse {
  return numberedError({ code, cause, index: parts.member.index() }, parts);
}

/** A failure of the tree. */
export function treeError(failure: V2Failure, parts: LegacyParts): HttpResponse {
  const { cause } = failure;
  const prefix = namespaces.keys;
  const shown = cause.startsWith(`${prefix}/`) ? cause.slice(prefix.length) : cause === prefix ? "/" : cause;
  return numberedError(inWordsOf({ ...failure, cause: shown }, parts), parts);
}

/** What a failed write says: 0.2 blames the directory that holds the file in the way. */
export function writeError(failure: V2Failure, parts: LegacyParts & { makesNode: boolean }): HttpResponse {
  const blamesParent = failure.code === 104 && parts.makesNode && parts.traits.firstTexts;
  return treeError(blamesParent ? { ...failure, cause: parentPath(failure.cause) } : failure, parts);
}

/** Refuses whoever may not touch a key, in the form of this release. */
export function accessError(parts: LegacyParts): HttpResponse {
  return numberedError({ code: 110, cause: "Insufficient credentials", index: 0 }, parts);
}

/** Serves a request once the guard has let it in: at once when nobody has to be asked. */
export function whenAllowed(
  allowed: boolean | Promise<boolean>,
  { serve, refuse }: { serve: () => Answer; refuse: () => HttpResponse },
): Answer {
  if (typeof allowed !== "boolean") return allowed.then((is) => (is ? serve() : refuse()));
  return allowed ? serve() : refuse();
}

type Answer = HttpResponse | Promise<HttpResponse>;

/** Who serves which method. */
export type Handlers<Call> = ReadonlyMap<string, (call: Call) => Answer>;

/** Who serves a request; HEAD is served like GET by the release that answers it. */
export function handlerFor<Call extends LegacyParts & { readonly request: HttpRequest }>(
  { request: { method }, traits }: Call,
  handlers: Handlers<Call>,
): ((call: Call) => Answer) | undefined {
  return handlers.get(method === "HEAD" && traits.answersHead ? "GET" : method);
}

function inWordsOf(failure: V2Failure, { traits }: LegacyParts): V2Failure {
  if (failure.mismatch !== undefined && traits.tellsWholeComparison) {
    const { wantedValue, value, wantedIndex, wantedIndexText, index } = failure.mismatch;
    const wanted = wantedIndexText ?? wantedIndex;
    return { ...failure, cause: `[${wantedValue} != ${value}] [${wanted} != ${index}]` };
  }
  // 0.2 had no rule for the root: everything it forbade there, it forbade because the root is no file.
  if (failure.code === 107 && traits.firstTexts) return { ...failure, code: 102, cause: "" };
  return failure;
}

function numberedError(failure: V2Failure, { traits }: LegacyParts): HttpResponse {
  const known: V2Error = v2Errors[failure.code];
  const message = (traits.firstTexts ? known.message02 : undefined) ?? known.message;
  const headers = {
    "Content-Type": traits.errorType,
    "X-Content-Type-Options": "nosniff",
    "X-Etcd-Index": String(failure.index),
  };
  return { status: statusOf(failure.code, traits.firstTexts), headers, body: failureBody(failure, message) };
}

function statusOf(code: V2ErrorCode, firstTexts: boolean): number {
  if (code >= 300 && code < 400) return 500;
  return firstTexts ? 400 : v2Errors[code].http;
}

/** Sends the client to the leader when this member is not it; undefined when it is. */
export function redirectToLeader(request: HttpRequest, parts: LegacyParts): HttpResponse | undefined {
  const { member } = parts;
  const leaderId = member.leaderId();
  if (leaderId === member.id) return undefined;
  const leader = member.members().find(({ id }) => id === leaderId);
  const url = leader?.clientUrls[0];
  return url === undefined ? parameterError(300, "", parts) : redirectTo(url, request);
}

/** Sends the client to the same place of another machine, whose client URL is given. */
export function redirectTo(url: string, request: HttpRequest): HttpResponse {
  const location = `${url.replace(/\/$/, "")}${request.path}${request.query === "" ? "" : `?${request.query}`}`;
  if (request.method !== "GET" && request.method !== "HEAD")
    return { status: 307, headers: { Location: location }, body: "" };
  const page = `<a href="${escapeHtml(location)}">Temporary Redirect</a>.\n\n`;
  return { status: 307, headers: { "Content-Type": "text/html; charset=utf-8", Location: location }, body: page };
}

/** The redirect of the router of that time: no page, no type. */
export const bareRedirect: RedirectForm = (location) => ({ status: 301, headers: { Location: location }, body: "" });
