/**
 * Joining as before 2.0 (`-C`, `-peers`): a machine that starts for the first time asks a running one to take it in, at its peer
 * address, and learns from it who else is there. Asking again changes nothing, so an interrupted join is simply repeated.
 */
import { decodeMembers, formatId, type ReadonlyMember } from "../membership/index.ts";
import type { Clock, Logger, PeerAnswer, PeerClient, PeerRequest } from "../ports/index.ts";

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

const attemptsMax = 60;
const pauseMs = 500;

/** Resolves with the initial cluster, this machine included; rejects when no peer takes it in within half a minute. */
export async function joinByPeers(ports: JoinPorts, peers: readonly string[], self: JoiningMachine): Promise<string> {
  let reason = "no peer answers";
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    for (const peer of peers) {
      const members = await membersAt(ports, peer);
      if (members?.some(({ peerUrls }) => peerUrls.includes(self.peerUrl))) return clusterText(members, self);
      if (members !== undefined) reason = (await askToJoin(ports, peer, self)) ?? reason;
    }
    ports.log.info("waiting to be taken into the cluster", { peers, reason });
    await new Promise<void>((resolve) => ports.clock.setTimer(pauseMs, resolve));
  }
  throw new Error(`cannot join the cluster through ${peers.join(", ")}: ${reason}`);
}

async function membersAt(ports: JoinPorts, peer: string): Promise<readonly ReadonlyMember[] | undefined> {
  const answer = await ask(ports, peer, { method: "GET", path: "/members", body: new Uint8Array(0) });
  if (answer?.status !== 200) return undefined;
  const members = decodeMembers(new TextDecoder().decode(answer.body));
  return members.ok ? members.value : undefined;
}

/** Why it was not granted; undefined when it was. */
async function askToJoin(ports: JoinPorts, peer: string, self: JoiningMachine): Promise<string | undefined> {
  const wish = { name: self.name, raftURL: self.peerUrl, etcdURL: self.clientUrl };
  const body = new TextEncoder().encode(JSON.stringify(wish));
  const answer = await ask(ports, peer, { method: "POST", path: "/join", body });
  if (answer?.status === 200) return undefined;
  return answer === undefined ? "no answer" : `${answer.status} ${new TextDecoder().decode(answer.body).trim()}`;
}

async function ask({ client }: JoinPorts, peer: string, request: PeerRequest): Promise<PeerAnswer | undefined> {
  try {
    return await client.ask(peer, request);
  } catch {
    return undefined;
  }
}

function clusterText(members: readonly ReadonlyMember[], self: JoiningMachine): string {
  return members.flatMap((member) => member.peerUrls.map((url) => `${nameOf(member, self)}=${url}`)).join(",");
}

/** A machine that was taken in and has not started has no name yet. */
function nameOf({ id, name, peerUrls }: ReadonlyMember, self: JoiningMachine): string {
  return peerUrls.includes(self.peerUrl) ? self.name : name || formatId(id);
}
