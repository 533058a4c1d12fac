/**
 * The list of members as members tell it to each other (`/members` on the peer port), and how a member that joins finds
 * itself in it: by its peer addresses, since only the cluster knows the ids.
 */
import { formatId, parseId } from "./ids.ts";
import type { InitialCluster } from "./initial-cluster.ts";
import { decodeMember, encodeMember, type ReadonlyMember } from "./member-json.ts";
import type { ResolvedUrls } from "./resolved-urls.ts";
import { compareText, type Parsed } from "./urls.ts";

/** The list as JSON, as Go writes it. */
export function encodeMembers(members: readonly ReadonlyMember[]): string {
  const decoder = new TextDecoder();
  return `[${members.map((member) => decoder.decode(encodeMember(member))).join(",")}]`;
}

/** Reads such a list. */
export function decodeMembers(text: string): Parsed<ReadonlyMember[]> {
  const objects = parseObjects(text);
  if (objects === undefined) return { ok: false, error: "not a list of members" };
  const members: ReadonlyMember[] = [];
  for (const { id, ...fields } of objects) {
    if (typeof id !== "string") return { ok: false, error: "a member without an id" };
    const member = decodeMember(new TextEncoder().encode(JSON.stringify(fields)), BigInt(id));
    if (!member.ok) return member;
    members.push(member.value);
  }
  return { ok: true, value: members };
}

/** What `findSelf` compares with. */
export interface OwnView {
  /** `--initial-cluster`. */
  readonly cluster: InitialCluster;
  readonly name: string;
  /** What addresses mean, where more than their texts is known. */
  readonly resolved?: ResolvedUrls | undefined;
}

/**
 * The member of a running cluster that has the peer addresses which `--initial-cluster` gives this one. Both lists must
 * name the same members, or somebody's idea of the cluster is wrong.
 */
export function findSelf(members: readonly ReadonlyMember[], view: OwnView): Parsed<ReadonlyMember> {
  const problem = (text: string) => ({ ok: false, error: `error validating peerURLs: ${text}` }) as const;
  const { cluster, name, resolved } = view;
  if (cluster.size !== members.length) return problem("member count is unequal");
  const byUrls = new Map<string, string>();
  for (const [own, urls] of cluster)
    byUrls.set(
      meaningOf(
        urls.map(({ text }) => text),
        resolved,
      ),
      own,
    );
  let self: ReadonlyMember | undefined;
  for (const member of members) {
    const meaning = meaningOf(member.peerUrls, resolved);
    const match = byUrls.get(meaning);
    // Whoever is matched is taken: two members with one address are no match for two others.
    byUrls.delete(meaning);
    if (match === undefined) return problem(unmatched(member, resolved));
    if (match === name) self = member;
  }
  return { ok: true, value: self! };
}

function unmatched({ id, peerUrls }: ReadonlyMember, resolved: ResolvedUrls | undefined): string {
  const failure = resolved?.failure === undefined ? "" : `, last resolver error (${resolved.failure})`;
  return `PeerURLs: no match found for existing member (${formatId(id)}, [${peerUrls.join(" ")}])${failure}`;
}

/** Reads an id of another member's answer header. */
export function clusterIdOf(headers: Readonly<Record<string, string | undefined>>): bigint | undefined {
  return parseId(headers["x-etcd-cluster-id"] ?? "");
}

function meaningOf(urls: readonly string[], resolved: ResolvedUrls | undefined): string {
  const meanings = urls.map((url) => resolved?.byText.get(url) ?? url);
  return meanings.sort(compareText).join(",");
}

/** Ids are numbers up to 2^64-1 there, more than `JSON.parse` can hold: they are read as texts. */
function parseObjects(text: string): Record<string, unknown>[] | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/"id":\s*(\d{1,20})/g, '"id":"$1"'));
    const isObject = (one: unknown) => typeof one === "object" && one !== null && !Array.isArray(one);
    return Array.isArray(value) && value.every(isObject) ? (value as Record<string, unknown>[]) : undefined;
  } catch {
    return undefined;
  }
}
