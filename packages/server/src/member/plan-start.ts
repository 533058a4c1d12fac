/**
 * What a member does that starts with an empty disk: it founds a cluster together with the others that
 * `--initial-cluster` names or discovery finds, or joins one that runs already and was told of it. Every refusal comes before
 * anything is written.
 */
import {
  checkBootstrap,
  checkJoin,
  checkMeeting,
  clusterIdOf,
  compareResolved,
  decodeMembers,
  formatId,
  formatInitialCluster,
  foundCluster,
  type InitialCluster,
  type LocalMember,
  type Parsed,
  parseInitialCluster,
  type ReadonlyMember,
  type ResolvedUrls,
  resolveUrls,
} from "../membership/index.ts";
import type { ClusterDiscovery, PeerAnswer, PeerClient } from "../ports/index.ts";
import { findPlace, type RunningCluster } from "./find-place.ts";
import type { MemberOptions, MemberPorts } from "./member-options.ts";
import type { Identity } from "./open-storage.ts";

/** How to start. */
export interface StartPlan {
  readonly identity: Identity;
  /** The founders of a new cluster; empty when joining. */
  readonly founders: readonly ReadonlyMember[];
  /** Everybody known to belong to the cluster, this member included. */
  readonly members: readonly ReadonlyMember[];
}

/** The world that starting needs. */
export type StartPorts = Pick<MemberPorts, "peerClient" | "clock" | "log" | "discovery" | "dns">;

/**
 * Decides how to start; throws with one line that says what does not fit. `resuming`: this member has a log already, with its
 * identity and nothing else in it, because it was interrupted when it started first.
 */
export async function planStart(
  ports: StartPorts,
  options: MemberOptions,
  { resuming }: { readonly resuming: boolean },
): Promise<StartPlan> {
  const { discovery } = ports;
  if (discovery?.kind === "join") return planMeeting(ports, options, { discovery, resuming });
  const cluster = accepted(parseInitialCluster(await initialClusterOf(ports, options)));
  return options.initialClusterState === "existing"
    ? planJoin(ports, { options, cluster })
    : planFounding(ports, { options, cluster });
}

async function initialClusterOf({ discovery }: StartPorts, { initialCluster }: MemberOptions): Promise<string> {
  if (discovery?.kind !== "look-up") return initialCluster;
  try {
    return await discovery.lookUp();
  } catch (error) {
    throw new Error(`error setting up initial cluster: ${(error as Error).message}`, { cause: error });
  }
}

interface Planning {
  readonly options: MemberOptions;
  readonly cluster: InitialCluster;
}

async function planFounding(ports: StartPorts, { options, cluster }: Planning): Promise<StartPlan> {
  const problem = checkBootstrap(cluster, await comparedAddresses(ports, { options, cluster }));
  if (problem !== undefined) throw new Error(problem);
  const { clusterId, members } = accepted(foundCluster(cluster, options.initialClusterToken));
  const self = members.find((member) => member.name === options.name)!;
  await checkNotBootstrapped(ports, { others: othersOf(cluster, options.name), memberId: self.id });
  return { identity: { memberId: self.id, clusterId }, founders: members, members };
}

/** A member that has served before and lost its disk must not found again: it would forget what it has promised. */
async function checkNotBootstrapped(
  { peerClient }: StartPorts,
  { others, memberId }: { readonly others: readonly string[]; readonly memberId: bigint },
): Promise<void> {
  const [running] = await askMembers(peerClient, others);
  const known = running?.members.find((member) => member.id === memberId);
  if (known !== undefined && known.clientUrls.length > 0) {
    throw new Error(`member ${formatId(memberId)} has already been bootstrapped`);
  }
}

/** This member as it stands in `--initial-cluster`: other names for the same addresses are let pass there. */
async function comparedAddresses({ dns, clock }: StartPorts, { options, cluster }: Planning): Promise<LocalMember> {
  const { name, advertisePeerUrls } = options;
  const listed = cluster.get(name)?.map((url) => url.text);
  if (dns === undefined || listed === undefined) return { name, advertisePeerUrls };
  const mismatch = await compareResolved({ dns, clock }, advertisePeerUrls, listed);
  return mismatch === undefined ? { name, advertisePeerUrls: listed } : { name, advertisePeerUrls, mismatch };
}

interface Meeting {
  readonly discovery: Extract<ClusterDiscovery, { kind: "join" }>;
  readonly resuming: boolean;
}

/** Founders that do not know each other yet; each knows itself, which is what its id is computed from. */
async function planMeeting(ports: StartPorts, options: MemberOptions, meeting: Meeting): Promise<StartPlan> {
  if (options.initialClusterState === "existing") {
    throw new Error("discovery URL should not be set when joining existing initial cluster");
  }
  const { discovery, resuming } = meeting;
  const { name, advertisePeerUrls } = options;
  const alone = accepted(parseInitialCluster(advertisePeerUrls.map((url) => `${name}=${url}`).join(",")));
  const { members } = accepted(foundCluster(alone, discovery.token));
  const memberId = members[0]!.id;
  const met = await discovery
    .join({ memberId, entry: formatInitialCluster(alone), resuming })
    .catch((error: Error) => Promise.reject(new Error(`failed to join discovery cluster (${error.message})`)));
  const cluster = accepted(parseInitialCluster(met));
  const problem = checkMeeting(cluster, options);
  if (problem !== undefined) throw new Error(problem);
  ports.log.info("discovered the founders of the cluster", { "initial-cluster": formatInitialCluster(cluster) });
  await checkNotBootstrapped(ports, { others: othersOf(cluster, name), memberId });
  const { clusterId, members: founders } = accepted(foundCluster(cluster, discovery.token));
  return { identity: { memberId, clusterId }, founders, members: founders };
}

async function planJoin(ports: StartPorts, { options, cluster }: Planning): Promise<StartPlan> {
  const problem = checkJoin(cluster, options);
  if (problem !== undefined) throw new Error(problem);
  const others = othersOf(cluster, options.name);
  const answers = await askMembers(ports.peerClient, others);
  if (answers.length === 0) {
    throw new Error(
      "cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs",
    );
  }
  const resolved = await resolvedAddresses(ports, { answers, cluster });
  const { self, running } = accepted(findPlace(answers, { name: options.name, cluster, resolved }));
  await checkVersions(ports.peerClient, { urls: others, version: options.version });
  return { identity: { memberId: self.id, clusterId: running.clusterId }, founders: [], members: running.members };
}

/** Look-ups may take long and fail: only where what others answered is not what stands in `--initial-cluster`. */
async function resolvedAddresses(
  { dns, clock }: StartPorts,
  { answers, cluster }: { readonly answers: readonly RunningCluster[]; readonly cluster: InitialCluster },
): Promise<ResolvedUrls | undefined> {
  const own = [...cluster.values()].flat().map(({ text }) => text);
  const theirs = answers
    .filter(({ members }) => members.length === cluster.size)
    .flatMap(({ members }) => members.flatMap(({ peerUrls }) => peerUrls));
  if (dns === undefined || theirs.every((url) => own.includes(url))) return undefined;
  return resolveUrls({ dns, clock }, [...own, ...theirs]);
}

function accepted<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** Asks everybody at once; the answers in the order of the addresses. */
async function askMembers(client: PeerClient, urls: readonly string[]): Promise<RunningCluster[]> {
  const running: RunningCluster[] = [];
  const answers = await Promise.all(urls.map((url) => askOrUndefined(client, url, "/members")));
  for (const answer of answers) {
    const clusterId = answer && clusterIdOf(answer.headers);
    if (answer?.status !== 200 || clusterId === undefined) continue;
    const members = decodeMembers(new TextDecoder().decode(answer.body));
    if (members.ok && members.value.length > 0) running.push({ clusterId, members: members.value });
  }
  return running;
}

/** A member older than its cluster could not read what the others write. */
async function checkVersions(
  client: PeerClient,
  { urls, version }: { urls: readonly string[]; version: string },
): Promise<void> {
  for (const url of urls) {
    const answer = await askOrUndefined(client, url, "/version");
    const cluster = answer && clusterVersionIn(answer.body);
    if (cluster !== undefined && isNewer(cluster, version)) {
      throw new Error(`incompatible with current running cluster: its version is ${cluster}, this member's ${version}`);
    }
  }
}

async function askOrUndefined(client: PeerClient, url: string, path: string): Promise<PeerAnswer | undefined> {
  try {
    return await client.ask(url, { method: "GET", path, body: new Uint8Array(0) });
  } catch {
    return undefined;
  }
}

/** The cluster version that a `/version` answer tells; undefined while it is undecided. */
export function clusterVersionIn(body: Uint8Array): string | undefined {
  return versionsIn(body)?.cluster;
}

/** Both versions of a `/version` answer; undefined when it is none. */
export function versionsIn(body: Uint8Array): { server: string; cluster: string | undefined } | undefined {
  try {
    const { etcdserver: server, etcdcluster: cluster } = JSON.parse(new TextDecoder().decode(body)) as Record<
      string,
      unknown
    >;
    if (typeof server !== "string" || !isVersion(server)) return undefined;
    return { server, cluster: typeof cluster === "string" && isVersion(cluster) ? cluster : undefined };
  } catch {
    return undefined;
  }
}

function isVersion(text: string): boolean {
  return /^\d+\.\d+\.\d+/.test(text);
}

function isNewer(left: string, right: string): boolean {
  const [a, b] = [left, right].map((text) => text.split(".").map(Number));
  return a![0] === b![0] ? a![1]! > b![1]! : a![0]! > b![0]!;
}

function othersOf(cluster: InitialCluster, name: string): string[] {
  return [...cluster].filter(([other]) => other !== name).flatMap(([, urls]) => urls.map((url) => url.text));
}
