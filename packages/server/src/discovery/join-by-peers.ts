/**
 * Joining as before 2.0 (`-C`, `-peers`): a machine that starts for the first time asks a running one to take it in, at its peer
 * address, and learns from it who else is there. Asking again changes nothing, so an interrupted join is simply repeated.
 * Whatever no later attempt could change is told at once.
 */
import { decodeMembers, formatId, type ReadonlyMember } from "../membership/index.ts";
import type { Clock, Logger, PeerClient } from "../ports/index.ts";
import { askPeer, type PeerReply } from "./ask-peer.ts";

export interface JoinPorts {
  readonly client: PeerClient;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The machine that wants to join. */
export interface JoiningMachine {
  readonly name: string;
  readonly peerUrl: string;
  readonly clientUrl: string;
}

/** The cluster has as many machines as take part in it. */
export class ClusterFullError extends Error {
  override readonly name = "ClusterFullError";
  /** Where its machines are reached. */
  readonly peerUrls: readonly string[];

  constructor(message: string, peerUrls: readonly string[]) {
    super(message);
    this.peerUrls = peerUrls;
  }
}

const attemptsMax = 60;
const pauseMs = 500;
/** Between the leader's word that a machine is taken in and the moment when the asked one has heard of it. */
const takenInPauseMs = 50;
const noMorePeers = 103;

/** Resolves with the initial cluster, this machine included; rejects when no peer takes it in within half a minute. */
export async function joinByPeers(ports: JoinPorts, peers: readonly string[], self: JoiningMachine): Promise<string> {
  const others = peers.filter((peer) => peer !== self.peerUrl);
  if (others.length === 0) throw new Error(`cannot join the cluster through ${peers.join(", ")}: that is this machine`);
  let reason = "";
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    for (const peer of others) {
      const outcome = await joinThrough(ports, peer, self);
      if ("cluster" in outcome) return outcome.cluster;
      reason = outcome.reason;
    }
    ports.log.info("waiting to be taken into the cluster", { peers: others, reason });
    await pause(ports.clock, reason === takenIn ? takenInPauseMs : pauseMs);
  }
  throw new Error(`cannot join the cluster through ${others.join(", ")}: ${reason}`);
}

const takenIn = "taken in, and not yet told by the peer that was asked";

/** Asks one peer; throws what no other peer would answer differently. */
async function joinThrough(
  ports: JoinPorts,
  peer: string,
  self: JoiningMachine,
): Promise<{ cluster: string } | { reason: string }> {
  const known = await membersAt(ports, peer);
  if ("reason" in known) return known;
  const { members } = known;
  checkName(members, self);
  const own = members.find(({ peerUrls }) => peerUrls.includes(self.peerUrl));
  if (own !== undefined && own.name === "") return { cluster: clusterText(members, self) };
  const wish = { name: self.name, raftURL: self.peerUrl, etcdURL: self.clientUrl };
  // Whoever has served under this id has promised things that were lost with its disk: another one takes its place.
  const body = JSON.stringify(own === undefined ? wish : { ...wish, replaces: formatId(own.id) });
  const answer = await askPeer(ports.client, peer, { method: "POST", path: "/join", body });
  if (answer.status === 200) return { reason: takenIn };
  if (codeOf(answer) === noMorePeers) {
    const peerUrls = members.flatMap((member) => member.peerUrls.slice(0, 1));
    throw new ClusterFullError(`the cluster is full with ${members.length} machines`, peerUrls);
  }
  return { reason: reasonOf(peer, answer) };
}

/** A name stands for one machine, and so does an address. */
function checkName(members: readonly ReadonlyMember[], { name, peerUrl }: JoiningMachine): void {
  const namesake = members.find((member) => member.name === name);
  if (namesake !== undefined && !namesake.peerUrls.includes(peerUrl)) {
    const advice = "remove that one first, or choose another name";
    throw new Error(`the cluster has a machine ${name} at ${namesake.peerUrls.join(", ")}: ${advice}`);
  }
  const holder = members.find((member) => member.peerUrls.includes(peerUrl));
  if (holder !== undefined && holder.name !== "" && holder.name !== name) {
    throw new Error(`${name} is not allowed to join the cluster with ${peerUrl}, the address of ${holder.name}`);
  }
}

async function membersAt(
  { client }: JoinPorts,
  peer: string,
): Promise<{ members: readonly ReadonlyMember[] } | { reason: string }> {
  const answer = await askPeer(client, peer, { method: "GET", path: "/members" });
  if (answer.status !== 200) return { reason: reasonOf(peer, answer) };
  const members = decodeMembers(answer.text);
  const isCluster = members.ok && members.value.length > 0;
  return isCluster ? { members: members.value } : { reason: `${peer} is no peer address of a cluster` };
}

function reasonOf(peer: string, { status, text }: PeerReply): string {
  if (status === 404) return `${peer} is no peer address of a cluster, or that machine stands by`;
  return status === 0 ? `${peer}: ${text}` : `${peer} answers ${status} ${text.trim()}`;
}

function codeOf({ text }: PeerReply): number | undefined {
  try {
    return (JSON.parse(text) as { errorCode?: number } | null)?.errorCode;
  } catch {
    return undefined;
  }
}

function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.setTimer(delayMs, resolve));
}

function clusterText(members: readonly ReadonlyMember[], self: JoiningMachine): string {
  return members.flatMap((member) => member.peerUrls.map((url) => `${nameOf(member, self)}=${url}`)).join(",");
}

/** A machine that was taken in and has not started has no name yet. */
function nameOf({ id, name, peerUrls }: ReadonlyMember, self: JoiningMachine): string {
  return peerUrls.includes(self.peerUrl) ? self.name : name || formatId(id);
}
