/**
 * What a member does that starts with an empty disk: it founds a cluster together with the others that
 * `--initial-cluster` names, or joins one that runs already and was told of it. Every refusal comes before anything is written.
 */
import {
  checkBootstrap,
  checkJoin,
  clusterIdOf,
  decodeMembers,
  findSelf,
  foundCluster,
  type InitialCluster,
  parseInitialCluster,
  type ReadonlyMember,
} from "../membership/index.ts";
import type { PeerAnswer, PeerClient } from "../ports/index.ts";
import type { MemberOptions } from "./member-options.ts";
import type { Identity } from "./open-storage.ts";

/** How to start. */
export interface StartPlan {
  readonly identity: Identity;
  /** The founders of a new cluster; empty when joining. */
  readonly founders: readonly ReadonlyMember[];
  /** Everybody known to belong to the cluster, this member included. */
  readonly members: readonly ReadonlyMember[];
}

/** Decides how to start; throws with one line that says what does not fit. */
export async function planStart(client: PeerClient, options: MemberOptions): Promise<StartPlan> {
  const parsed = parseInitialCluster(options.initialCluster);
  if (!parsed.ok) throw new Error(parsed.error);
  return options.initialClusterState === "existing"
    ? planJoin(client, { options, cluster: parsed.value })
    : planFounding(client, { options, cluster: parsed.value });
}

interface Planning {
  readonly options: MemberOptions;
  readonly cluster: InitialCluster;
}

async function planFounding(client: PeerClient, { options, cluster }: Planning): Promise<StartPlan> {
  const problem = checkBootstrap(cluster, options);
  if (problem !== undefined) throw new Error(problem);
  const founded = foundCluster(cluster, options.initialClusterToken);
  if (!founded.ok) throw new Error(founded.error);
  const { clusterId, members } = founded.value;
  const self = members.find((member) => member.name === options.name)!;
  const running = await askMembers(client, othersOf(cluster, options.name));
  const known = running?.members.find((member) => member.id === self.id);
  if (known !== undefined && known.clientUrls.length > 0) {
    throw new Error(`member ${self.id.toString(16)} has already been bootstrapped`);
  }
  return { identity: { memberId: self.id, clusterId }, founders: members, members };
}

async function planJoin(client: PeerClient, { options, cluster }: Planning): Promise<StartPlan> {
  const problem = checkJoin(cluster, options);
  if (problem !== undefined) throw new Error(problem);
  const others = othersOf(cluster, options.name);
  const running = await askMembers(client, others);
  if (running === undefined) {
    throw new Error(
      "cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs",
    );
  }
  const self = findSelf(cluster, { name: options.name, members: running.members });
  if (!self.ok) throw new Error(self.error);
  await checkVersions(client, { urls: others, version: options.version });
  return {
    identity: { memberId: self.value.id, clusterId: running.clusterId },
    founders: [],
    members: running.members,
  };
}

interface RunningCluster {
  readonly clusterId: bigint;
  readonly members: readonly ReadonlyMember[];
}

/** Asks everybody at once; the answer of the first address, in the order given, that has one. */
async function askMembers(client: PeerClient, urls: readonly string[]): Promise<RunningCluster | undefined> {
  const answers = await Promise.all(urls.map((url) => askOrUndefined(client, url, "/members")));
  for (const answer of answers) {
    const clusterId = answer && clusterIdOf(answer.headers);
    if (answer?.status !== 200 || clusterId === undefined) continue;
    const members = decodeMembers(new TextDecoder().decode(answer.body));
    if (members.ok && members.value.length > 0) return { clusterId, members: members.value };
  }
  return undefined;
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
