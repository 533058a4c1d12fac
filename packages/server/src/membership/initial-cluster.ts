/**
 * `--initial-cluster`: who founds the cluster. Read only by a member that starts for the first time; later starts know
 * the members from their data. Refusals are etcd's. Addresses are compared as written; who can resolve names compares them
 * first (resolved-urls.ts) and says here how that went.
 */
import { computeClusterId, computeMemberId, formatId } from "./ids.ts";
import type { ReadonlyMember } from "./member-json.ts";
import { compareText, type MemberUrl, type Parsed, parseUrls } from "./urls.ts";

/** Peer addresses by member name, sorted per member. */
export type InitialCluster = ReadonlyMap<string, readonly MemberUrl[]>;

/** The ids that follow from an initial cluster, the members sorted by id. */
export interface FoundingCluster {
  readonly clusterId: bigint;
  readonly members: readonly ReadonlyMember[];
}

/** Reads `a=http://1.1.1.1:2380,b=…`; a name may come more than once, empty parts are skipped. */
export function parseInitialCluster(text: string): Parsed<InitialCluster> {
  const byName = new Map<string, string[]>();
  for (const part of text.split(",").filter((one) => one !== "")) {
    const at = part.indexOf("=");
    const name = at < 0 ? part : part.slice(0, at);
    byName.set(name, [...(byName.get(name) ?? []), at < 0 ? "" : part.slice(at + 1)]);
  }
  const cluster = new Map<string, MemberUrl[]>();
  for (const [name, texts] of byName) {
    const urls = parseUrls(texts);
    if (!urls.ok) return { ok: false, error: `error setting up initial cluster: ${urls.error}` };
    cluster.set(name, urls.value);
  }
  return { ok: true, value: cluster };
}

/** Sorted `name=url` pairs, as etcd prints an initial cluster. */
export function formatInitialCluster(cluster: InitialCluster): string {
  const pairs = [...cluster].flatMap(([name, urls]) => urls.map((url) => `${name}=${url.text}`));
  return pairs.sort(compareText).join(",");
}

/** The member that starts, as its own flags describe it. */
export interface LocalMember {
  readonly name: string;
  readonly advertisePeerUrls: readonly string[];
  /** Why the advertised addresses are not the listed ones, when more than their texts was compared. */
  readonly mismatch?: string | undefined;
}

/** Why this member cannot found this cluster; `undefined` when it can. */
export function checkBootstrap(cluster: InitialCluster, local: LocalMember): string | undefined {
  return checkLocalName(cluster, local) ?? checkAdvertised(cluster, local) ?? checkDuplicates(cluster);
}

/** Why this member cannot join a cluster that exists; its addresses are compared with the cluster's own later. */
export function checkJoin(cluster: InitialCluster, local: LocalMember): string | undefined {
  return checkLocalName(cluster, local) ?? checkDuplicates(cluster);
}

/** Why this member cannot found the cluster that discovery found. */
export function checkMeeting(cluster: InitialCluster, local: LocalMember): string | undefined {
  if (hasDuplicates(cluster)) return `discovery cluster ${formatInitialCluster(cluster)} has duplicate url`;
  return checkBootstrap(cluster, local);
}

/** The members that found the cluster, with the ids every one of them computes alike. */
export function foundCluster(cluster: InitialCluster, token: string): Parsed<FoundingCluster> {
  const members = new Map<bigint, ReadonlyMember>();
  for (const [name, urls] of cluster) {
    const peerUrls = urls.map((url) => url.text);
    const id = computeMemberId(peerUrls, { token });
    if (members.has(id)) return { ok: false, error: `member exists with identical ID ${formatId(id)}` };
    if (id === 0n) return { ok: false, error: "cannot use 0 as member id" };
    members.set(id, { id, name, peerUrls, clientUrls: [], isLearner: false });
  }
  const sorted = [...members.values()].sort((left, right) => (left.id < right.id ? -1 : 1));
  return { ok: true, value: { clusterId: computeClusterId([...members.keys()]), members: sorted } };
}

function checkLocalName(cluster: InitialCluster, { name }: LocalMember): string | undefined {
  if (cluster.has(name)) return undefined;
  return `couldn't find local name ${JSON.stringify(name)} in the initial cluster configuration`;
}

function checkAdvertised(cluster: InitialCluster, local: LocalMember): string | undefined {
  const { name, advertisePeerUrls, mismatch } = local;
  const reason = mismatch === undefined ? "" : ` (${mismatch})`;
  const listed = cluster.get(name)!.map((url) => url.text);
  const advertised = [...advertisePeerUrls].sort(compareText);
  const unadvertised = listed.filter((url) => !advertised.includes(url)).map((url) => `${name}=${url}`);
  if (unadvertised.length > 0)
    return `--initial-cluster has ${unadvertised.join(",")} but missing from --initial-advertise-peer-urls=${advertised.join(",")}${reason}`;
  const unlisted = advertised.filter((url) => !listed.includes(url));
  if (unlisted.length === 0) return undefined;
  const own = advertised.map((url) => `${name}=${url}`).join(",");
  return `--initial-advertise-peer-urls has ${unlisted.join(",")} but missing from --initial-cluster=${own}`;
}

function checkDuplicates(cluster: InitialCluster): string | undefined {
  return hasDuplicates(cluster) ? `initial cluster ${formatInitialCluster(cluster)} has duplicate url` : undefined;
}

function hasDuplicates(cluster: InitialCluster): boolean {
  const urls = [...cluster.values()].flat().map((url) => url.text);
  return new Set(urls).size < urls.length;
}
