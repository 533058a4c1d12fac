/** `/v2/keys` as releases before 2.0 serve it: few parameters are checked, and those only where they are used. */
import { Request, type V2ErrorCode } from "@etcd-ts/proto";
import type { HttpRequest, HttpResponse } from "../../ports/index.ts";
import { isCreated, namespaces, nanosOf, type V2Event, v2Methods } from "../../v2/index.ts";
import { expirationAfter, isLossyPath, parseForm, parseUnsigned, propose } from "../v2/index.ts";
import {
  accessError,
  type Handlers,
  handlerFor,
  keysHeaders,
  parameterError,
  redirectToLeader,
  treeError,
  whenAllowed,
  writeError,
} from "./legacy-answers.ts";
import type { LegacyParts } from "./legacy-dialect.ts";
import { legacyEvent } from "./legacy-events.ts";
import { watchKeys } from "./legacy-watch.ts";
import { anyFormValues } from "./multipart-form.ts";

/** One request: its parameters, and the key it is about, namespace included. */
export interface KeysCall extends LegacyParts {
  readonly request: HttpRequest;
  readonly values: ReadonlyMap<string, string>;
  readonly path: string;
}

/** Serves the keys; `key` is what follows `/v2/keys`, decoded. Undefined for a method nobody serves. */
export function serveKeys(
  request: HttpRequest,
  parts: LegacyParts & { key: string },
): HttpResponse | Promise<HttpResponse> | undefined {
  const { key, ...rest } = parts;
  const call = { ...rest, request, values: legacyValues(request, rest), path: `${namespaces.keys}${key}` };
  const serve = handlerFor(call, handlers);
  if (serve === undefined) return undefined;
  const recursive = call.values.get("recursive") === "true";
  const allowed = parts.guard.mayAccess(request, { path: key, recursive });
  return whenAllowed(allowed, { serve: () => serve(call), refuse: () => accessError(call) });
}

const handlers: Handlers<KeysCall> = new Map([
  ["GET", read],
  ["PUT", put],
  ["POST", post],
  ["DELETE", remove],
]);

/** The parameters; broken ones are left out without a word. */
export function legacyValues(request: HttpRequest, { traits }: LegacyParts): ReadonlyMap<string, string> {
  const values = traits.firstTexts && request.method === "POST" ? anyFormValues(request) : parseForm(request).values;
  if (!traits.foldsBooleans) return values;
  return new Map(
    [...values].map(([name, value]) => [name, /^(?:true|false)$/i.test(value) ? value.toLowerCase() : value]),
  );
}

async function read(call: KeysCall): Promise<HttpResponse> {
  const { values, traits, member, request, path } = call;
  const recursive = values.get("recursive") === "true";
  const sorted = values.get("sorted") === "true";
  if (traits.knowsQuorum && values.get("quorum") === "true")
    return dispatch(Request.create({ method: v2Methods.quorumGet, path, recursive, sorted }), {
      ...call,
      makesNode: false,
    });
  if (values.get("consistent") === "true") {
    const redirect = redirectToLeader(request, call);
    if (redirect !== undefined) return redirect;
  }
  if (values.get("wait") === "true") return watchKeys(call);
  // Their log kept U+FFFD for bytes that are no UTF-8, and a read looked for the bytes themselves.
  if (isLossyPath(request.path)) return treeError({ code: 100, cause: path, index: member.index() }, call);
  const { event, failure } = member.read({ path, recursive, sorted, nowMs: member.nowMs() });
  if (failure !== undefined) return treeError(failure, call);
  if (request.method === "HEAD" || event === undefined) return { status: 200, headers: {}, body: "" };
  return { status: 200, headers: keysHeaders(call, event.storeIndex), body: legacyEvent(event, call) };
}

function put(call: KeysCall): HttpResponse | Promise<HttpResponse> {
  const { values, traits, path } = call;
  const expiration = expirationOf(call);
  if (expiration === undefined) return parameterError(202, "Update", call);
  const val = values.get("value") ?? "";
  const dir = traits.knowsDirectories ? values.get("dir") === "true" : val === "";
  const prevExist = values.get("prevExist");
  const compares = values.has("prevValue") || values.has("prevIndex");
  const write = { method: "PUT", path, val, expiration };
  if (prevExist === "false")
    return dispatch(request({ ...write, dir, prevExist: false }), { ...call, makesNode: true });
  if (!compares && prevExist === undefined) return dispatch(request({ ...write, dir }), { ...call, makesNode: true });
  if (!compares && prevExist === "true") return update(write, call);
  const condition = conditionOf(call, "CompareAndSwap");
  if ("status" in condition) return condition;
  const isEmpty = condition.prevIndex === 0 && condition.prevValue === "";
  const swap = { ...write, ...condition, method: isEmpty ? v2Methods.compareAndSwap : v2Methods.put };
  return dispatch(inTheirWay(swap, call), { ...call, makesNode: false });
}

function update(write: Partial<Request>, call: KeysCall): HttpResponse | Promise<HttpResponse> {
  if (write.val === "" && write.expiration === 0n) return parameterError(204, "Update", call);
  return dispatch(inTheirWay({ ...write, prevExist: true }, call), { ...call, makesNode: false });
}

function post(call: KeysCall): HttpResponse | Promise<HttpResponse> {
  const { values, traits, path } = call;
  const expiration = expirationOf(call);
  if (expiration === undefined) return parameterError(202, "Create", call);
  const val = values.get("value") ?? "";
  const dir = traits.knowsDirectories ? values.get("dir") === "true" : val === "";
  return dispatch(inTheirWay({ method: "POST", path, val, dir, expiration }, call), { ...call, makesNode: true });
}

function remove(call: KeysCall): HttpResponse | Promise<HttpResponse> {
  const { values, traits, path } = call;
  const recursive = values.get("recursive") === "true";
  const parts = { ...call, makesNode: false };
  if (!traits.knowsDirectories) return removeFirst(call, recursive);
  const dir = values.get("dir") === "true";
  if (!values.has("prevValue") && !values.has("prevIndex"))
    return dispatch(request({ method: "DELETE", path, dir, recursive }), parts);
  const condition = conditionOf(call, "CompareAndDelete");
  if ("status" in condition) return condition;
  if (condition.prevIndex === 0 && condition.prevValue === "")
    return dispatch(request({ method: "DELETE", path }), parts);
  return dispatch(request({ method: "DELETE", path, ...condition }), parts);
}

/** 0.2 removes directories only with `recursive`, and does not say which one it kept. */
async function removeFirst(call: KeysCall, recursive: boolean): Promise<HttpResponse> {
  const parts = { ...call, makesNode: false };
  const result = await dispatchOr(request({ method: "DELETE", path: call.path, recursive }), parts);
  if ("status" in result) return result;
  const { failure } = result;
  if (failure?.code === 102) return treeError({ ...failure, cause: "" }, call);
  return settle(result, parts);
}

/** What is compared; a problem's answer when it cannot be. */
function conditionOf(
  call: KeysCall,
  cause: "CompareAndSwap" | "CompareAndDelete",
): { prevIndex: number; prevValue: string } | HttpResponse {
  const { values } = call;
  const text = values.get("prevIndex");
  const index = text === undefined ? 0n : parseUnsigned(text);
  if (index === undefined) return parameterError(203, cause, call);
  if (values.get("prevValue") === "") return parameterError(201 satisfies V2ErrorCode, cause, call);
  const safe = BigInt(Number.MAX_SAFE_INTEGER);
  return { prevIndex: Number(index > safe ? safe : index), prevValue: values.get("prevValue") ?? "" };
}

/** The moment to expire; 0 for none, undefined when the parameter is no number. */
export function expirationOf({ values, member }: Pick<KeysCall, "values" | "member">): bigint | undefined {
  const text = values.get("ttl") ?? "";
  if (text === "") return 0n;
  if (!/^[+-]?\d{1,19}$/.test(text)) return undefined;
  const ttl = BigInt(text.replace(/^\+/, ""));
  if (ttl > 9_223_372_036_854_775_807n) return undefined;
  return expirationAfter(ttl, member.nowMs());
}

function request(init: Partial<Request>): Request {
  return Request.create(init);
}

/** Names the release in a request whose effect on the tree is particular to it, and in no other. */
export function inTheirWay(init: Partial<Request>, { dialect }: Pick<LegacyParts, "dialect">): Request {
  const leavesTtl = init.method !== v2Methods.post && init.expiration === 0n && dialect !== "0.4";
  const leavesValue = init.prevExist === true && init.val === "" && dialect === "0.2";
  const isParticular = init.method === v2Methods.post || leavesTtl || leavesValue;
  return Request.create(isParticular ? { ...init, dialect } : init);
}

/** Puts a request into the log of the leader, and answers. */
async function dispatch(request: Request, call: KeysCall & { makesNode: boolean }): Promise<HttpResponse> {
  const result = await dispatchOr(request, call);
  return "status" in result ? result : settle(result, call);
}

type Dispatched = Awaited<ReturnType<typeof propose>>;

async function dispatchOr(request: Request, call: KeysCall): Promise<Dispatched | HttpResponse> {
  const redirect = redirectToLeader(call.request, call);
  if (redirect !== undefined) return redirect;
  const { member } = call;
  return propose({ ...request, time: nanosOf(member.nowMs()) }, member);
}

function settle(result: Dispatched, call: KeysCall & { makesNode: boolean }): HttpResponse {
  if (result.event === undefined)
    return writeError(
      asSent(result.failure ?? { code: 300, cause: "Empty result from raft", index: call.member.index() }, call),
      call,
    );
  return eventAnswer(result.event, call);
}

/** An index beyond what the log holds exactly is told as it was sent. */
function asSent(failure: NonNullable<Dispatched["failure"]>, { values }: KeysCall): NonNullable<Dispatched["failure"]> {
  const text = values.get("prevIndex");
  if (failure.mismatch === undefined || text === undefined || failure.mismatch.wantedIndex < Number.MAX_SAFE_INTEGER)
    return failure;
  const { mismatch } = failure;
  const cause = failure.cause.replace(`[${mismatch.wantedIndex} != `, `[${BigInt(text)} != `);
  return { ...failure, cause, mismatch: { ...mismatch, wantedIndexText: String(BigInt(text)) } };
}

function eventAnswer(event: V2Event, call: KeysCall): HttpResponse {
  const created = call.traits.flatEvents ? isCreatedFlat(event) : isCreated(event);
  const body = call.request.method === "HEAD" ? "" : legacyEvent(event, call);
  return { status: created ? 201 : 200, headers: keysHeaders(call, event.node.modifiedIndex), body };
}

/** 0.2 took a missing old value for a missing node. */
function isCreatedFlat(event: V2Event): boolean {
  return isCreated(event) || (event.action === "set" && (event.prevNode?.value ?? "") === "");
}
