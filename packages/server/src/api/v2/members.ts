/** `/v2/members`: the members of the cluster, one added, removed or given other peer URLs. */
import { EtcdError } from "@etcd-ts/proto";
import { quote } from "../../lib/go-json.ts";
import type { HttpRequest, HttpResponse } from "../../ports/index.ts";
import { jsonAnswer, messageAnswer, plainError, refuseMethod } from "./answers.ts";
import type { V2AuthGuard } from "./auth-guard.ts";
import { parseMediaType } from "./form.ts";
import { checkPeerUrls } from "./peer-urls.ts";
import type { ClusterMember, MembershipOutcome, V2Member } from "./v2-member.ts";

/** What differs between releases. */
export interface MembersDialect {
  /** The part of the server that error texts name: 2.3 said `etcdserver`, later releases `membership`. */
  readonly errorSource: "etcdserver" | "membership";
  /** Schemes a peer URL may have, as error texts list them. */
  readonly schemes: string;
  readonly allowsUnixUrls: boolean;
  /** 3.4 does not let the last member go. */
  readonly removesLastMember: boolean;
}

/** What the handler works with. */
export interface MembersParts {
  readonly member: V2Member;
  readonly dialect: MembersDialect;
  readonly guard: V2AuthGuard;
}

const methods = ["GET", "POST", "DELETE", "PUT"];

/** Serves members; `rest` is what follows `/v2/members`, decoded. */
export function createMembers(parts: MembersParts): (request: HttpRequest, rest: string) => Promise<HttpResponse> {
  return async (request, rest) => {
    const refusal = refuseMethod(request.method, methods);
    if (refusal !== undefined) return refusal;
    if (request.method !== "GET" && !(await parts.guard.mayAdminister(request)))
      return messageAnswer(401, "Insufficient credentials");
    const call = { ...parts, headers: { "X-Etcd-Cluster-Id": parts.member.clusterId.toString(16) } };
    const name = rest.startsWith("/") ? rest.slice(1) : rest;
    try {
      return await serve(request, { ...call, name });
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
      return messageAnswer(500, "Internal Server Error", call.headers);
    }
  };
}

interface Call extends MembersParts {
  readonly headers: Readonly<Record<string, string>>;
  readonly name: string;
}

function serve(request: HttpRequest, call: Call): HttpResponse | Promise<HttpResponse> {
  switch (request.method) {
    case "GET":
      return show(call);
    case "POST":
      return add(request, call);
    case "PUT":
      return update(request, call);
    default:
      return remove(call);
  }
}

function show({ member, headers, name }: Call): HttpResponse {
  if (name === "") return jsonAnswer(200, `{"members":[${member.members().map(formatMember).join(",")}]}\n`, headers);
  if (name !== "leader") return messageAnswer(404, "Not found", headers);
  const leaderId = member.leaderId();
  const leader = member.members().find(({ id }) => id === leaderId);
  if (leader === undefined) return messageAnswer(503, "During election", headers);
  return jsonAnswer(200, `${formatMember(leader)}\n`, headers);
}

async function add(request: HttpRequest, call: Call): Promise<HttpResponse> {
  const urls = readPeerUrls(request, call);
  if ("status" in urls) return urls;
  const outcome = await call.member.addMember(urls.peerUrls);
  if (typeof outcome === "string") return refuse(outcome, { ...call, id: 0n });
  return jsonAnswer(201, `${formatMember(outcome)}\n`, call.headers);
}

async function update(request: HttpRequest, call: Call): Promise<HttpResponse> {
  const id = memberId(call);
  if (typeof id !== "bigint") return id;
  const urls = readPeerUrls(request, call);
  if ("status" in urls) return urls;
  const outcome = await call.member.updateMember(id, urls.peerUrls);
  return outcome === "done" ? noContent(call) : refuse(outcome, { ...call, id });
}

async function remove(call: Call): Promise<HttpResponse> {
  const id = memberId(call);
  if (typeof id !== "bigint") return id;
  const members = call.member.members();
  const isLast = members.length === 1 && members[0]?.id === id;
  if (isLast && !call.dialect.removesLastMember) return messageAnswer(500, "Internal Server Error", call.headers);
  const outcome = await call.member.removeMember(id);
  return outcome === "done" ? noContent(call) : refuse(outcome, { ...call, id });
}

function noContent({ headers }: Call): HttpResponse {
  return { status: 204, headers, body: "" };
}

function refuse(outcome: MembershipOutcome, { id, dialect, headers }: Call & { id: bigint }): HttpResponse {
  switch (outcome) {
    case "idExists":
      return messageAnswer(409, `${dialect.errorSource}: ID exists`, headers);
    case "peerUrlExists":
      return messageAnswer(409, `${dialect.errorSource}: peerURL exists`, headers);
    case "notFound":
      return messageAnswer(404, `No such member: ${id.toString(16)}`, headers);
    case "removed":
      return messageAnswer(410, `Member permanently removed: ${id.toString(16)}`, headers);
    case "done":
      return messageAnswer(500, "Internal Server Error", headers);
    default:
      return outcome satisfies never;
  }
}

function memberId({ name, headers }: Call): bigint | HttpResponse {
  if (name === "") return plainError(405, "Method Not Allowed", headers);
  if (!/^[0-9a-fA-F]{1,16}$/.test(name)) return messageAnswer(404, `No such member: ${name}`, headers);
  return BigInt(`0x${name}`);
}

function readPeerUrls(request: HttpRequest, { headers, dialect }: Call): { peerUrls: string[] } | HttpResponse {
  const declared = request.headers["content-type"] ?? "";
  const type = declared.includes(";") ? parseMediaType(declared).type : declared;
  if (type !== "application/json")
    return messageAnswer(415, `Bad Content-Type ${type}, accept application/json`, headers);
  const parsed = parsePeerUrls(request.body);
  if (typeof parsed === "string") return messageAnswer(400, parsed, headers);
  const problem = checkPeerUrls(parsed, dialect);
  return problem === undefined
    ? { peerUrls: parsed.map((url) => url.trim()).toSorted() }
    : messageAnswer(400, problem, headers);
}

/** The list of URLs; a text when the body is something else. */
function parsePeerUrls(body: Uint8Array): string[] | string {
  try {
    const fields: unknown = JSON.parse(new TextDecoder().decode(body));
    if (typeof fields !== "object" || fields === null)
      return "json: cannot unmarshal value into Go value of type struct";
    const urls: unknown = (fields as Record<string, unknown>)["peerURLs"] ?? [];
    if (Array.isArray(urls) && urls.every((url) => typeof url === "string")) return urls;
    return "json: cannot unmarshal value into Go struct field .peerURLs of type []string";
  } catch {
    return body.length === 0 ? "unexpected end of JSON input" : "invalid character looking for beginning of value";
  }
}

/** A member as JSON. */
export function formatMember({ id, name, peerUrls, clientUrls }: ClusterMember): string {
  const list = (urls: readonly string[]): string => `[${urls.map(quote).join(",")}]`;
  const urls = `"peerURLs":${list(peerUrls)},"clientURLs":${list(clientUrls)}`;
  return `{"id":"${id.toString(16)}","name":${quote(name)},${urls}}`;
}
