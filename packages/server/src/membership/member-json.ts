/**
 * Members as JSON: the values of the bucket `members` and the context of a membership change in the log. The text is
 * byte for byte what Go writes (order of fields, fields left out when empty, `<`, `>` and `&` escaped), because Go
 * members read it and hashes cover it. Ids are numbers up to 2^64-1 there, more than `JSON.parse` can hold: they are
 * taken from the text itself.
 */
import type { Member } from "@etcd-ts/proto";
import { quote } from "../lib/go-json.ts";
import type { Parsed } from "./urls.ts";

/** A member nobody changes: updates replace it. */
export type ReadonlyMember = Readonly<Omit<Member, "peerUrls" | "clientUrls">> & {
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
};

/** What a membership change carries besides its type and the member's id. */
export interface ConfigChangeContext {
  readonly member: ReadonlyMember;
  /** Adding a voter that is already there as a learner. */
  readonly isPromote: boolean;
  /** A founder of a cluster as releases before 2.0 founded it; Go members ignore the field. */
  readonly legacy: boolean;
}

/** The stored form of a member. */
export function encodeMember(member: ReadonlyMember): Uint8Array {
  return new TextEncoder().encode(`{${memberFields(member)}}`);
}

/** The context of a change as it stands in the log. */
export function encodeConfigChangeContext({ member, isPromote }: Omit<ConfigChangeContext, "legacy">): Uint8Array {
  return new TextEncoder().encode(`{${memberFields(member)},"isPromote":${isPromote}}`);
}

/** The context of the founder of a cluster; `legacy` as in `ConfigChangeContext`. */
export function encodeFounder(member: ReadonlyMember, { legacy }: Pick<ConfigChangeContext, "legacy">): Uint8Array {
  return legacy ? new TextEncoder().encode(`{${memberFields(member)},"legacy":true}`) : encodeMember(member);
}

/** Reads a stored member; its key gives the id. */
export function decodeMember(bytes: Uint8Array, id: bigint): Parsed<ReadonlyMember> {
  const context = decodeConfigChangeContext(bytes, id);
  return context.ok ? { ok: true, value: context.value.member } : context;
}

/** Reads the context of a change; `id` is the change's own node id, which a context without one takes over. */
export function decodeConfigChangeContext(bytes: Uint8Array, id: bigint): Parsed<ConfigChangeContext> {
  const text = new TextDecoder().decode(bytes);
  const fields = parseObject(text);
  if (fields === undefined) return { ok: false, error: "not a JSON object" };
  const written = /^\s*\{\s*"id"\s*:\s*(\d+)/.exec(text)?.[1];
  if (written !== undefined && BigInt(written) !== id && BigInt(written) !== 0n)
    return { ok: false, error: `id ${written} in the value, ${id} expected` };
  const peerUrls = texts(fields["peerURLs"]);
  const clientUrls = texts(fields["clientURLs"]);
  const name = fields["name"] ?? "";
  if (peerUrls === undefined || clientUrls === undefined || typeof name !== "string")
    return { ok: false, error: "a field has the wrong type" };
  const member = { id, name, peerUrls, clientUrls, isLearner: fields["isLearner"] === true };
  const [isPromote, legacy] = [fields["isPromote"] === true, fields["legacy"] === true];
  return { ok: true, value: { member, isPromote, legacy } };
}

function memberFields({ id, peerUrls, isLearner, name, clientUrls }: ReadonlyMember): string {
  const learner = isLearner ? ',"isLearner":true' : "";
  const named = name === "" ? "" : `,"name":${quote(name)}`;
  const clients = clientUrls.length === 0 ? "" : `,"clientURLs":[${clientUrls.map(quote).join(",")}]`;
  return `"id":${id},"peerURLs":[${peerUrls.map(quote).join(",")}]${learner}${named}${clients}`;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** A list of texts; Go writes `null` for none. */
function texts(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined;
}
