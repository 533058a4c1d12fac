/**
 * `--discovery-token`: founders that do not know each other meet in the v3 key space of another cluster, where an operator has
 * written down the number of them. The keys are etcd's, so founders of both kinds can meet:
 *
 *   /_etcd/registry/TOKEN/_config/size           how many found the cluster
 *   /_etcd/registry/TOKEN/members/ID             NAME=URL,… of one founder; the first to come, by create revision, count
 */
import { formatId, parseInitialCluster } from "../membership/index.ts";
import type { Clock, DiscoveringMember, Logger } from "../ports/index.ts";
import { clusterFullText } from "./meeting-full.ts";
import { Patience } from "./patience.ts";
import type { V3Entry, V3Keys } from "./v3-keys.ts";

/** What meeting over v3 needs of the world. */
export interface V3MeetingPorts {
  readonly keys: V3Keys;
  readonly clock: Clock;
  readonly log: Logger;
}

const pauseMs = 1_000;

interface Found {
  readonly size: number;
  readonly entries: readonly V3Entry[];
  readonly revision: number;
}

/** Registers this member, waits for the others, and resolves with the initial cluster; rejects in etcd's words. */
export async function meetInV3(ports: V3MeetingPorts, token: string, self: DiscoveringMember): Promise<string> {
  const { keys, log } = ports;
  const place = new MeetingPlace(keys, token);
  const own = place.keyOf(self.memberId);
  const patience = new Patience(ports);
  const look = () => patience.insist("cluster status check", () => place.lookFor(own));
  await look();
  await patience.insist("register member itself", () => keys.put(own, self.entry));
  log.info("register member itself successfully", { memberKey: own, memberInfo: self.entry });
  let found = await look();
  while (found.entries.length < found.size) {
    log.info("waiting for peers from discovery service", {
      clusterSize: found.size,
      "found-peers": found.entries.length,
    });
    const { revision } = found;
    await patience.insist("waiting for other members", () => place.changeBehind(revision));
    found = await look();
    // A watch that ends without a change, refused for instance, must not be asked for without end.
    if (found.revision <= revision) await new Promise<void>((resolve) => ports.clock.setTimer(pauseMs, resolve));
  }
  log.info("found all needed peers from discovery service", { clusterSize: found.size });
  const text = found.entries.map(({ value }) => value).join(",");
  if (!parseInitialCluster(text).ok) throw new Error("discovery: invalid peer URL");
  return text;
}

class MeetingPlace {
  readonly #keys: V3Keys;
  readonly #root: string;
  readonly #members: string;

  constructor(keys: V3Keys, token: string) {
    const parts = token.split("/").filter((part) => part !== "");
    this.#keys = keys;
    this.#root = ["/_etcd/registry", ...parts].join("/");
    this.#members = `${this.#root}/members`;
  }

  keyOf(memberId: bigint): string {
    return `${this.#members}/${formatId(memberId)}`;
  }

  changeBehind(revision: number): Promise<void> {
    return this.#keys.changeBehind(this.#members, revision);
  }

  /** Reads the size and who is there; rejects when the owner of a key is not and will not be among the first. */
  async lookFor(own: string): Promise<Found> {
    const size = await this.#size();
    const { entries, revision } = await this.#keys.list(this.#members);
    const founders = entries
      .filter(({ value }) => value.includes("="))
      .sort((a, b) => a.createRevision - b.createRevision);
    const at = founders.findIndex(({ key }) => key === own);
    if ((at < 0 ? founders.length : at) >= size) throw new Error(clusterFullText);
    return { size, entries: founders.slice(0, size), revision };
  }

  async #size(): Promise<number> {
    const text = await this.#keys.get(`${this.#root}/_config/size`);
    if (text === undefined) throw new Error("discovery: size key not found");
    if (!/^\+?\d{1,9}$/.test(text) || Number(text) === 0) throw new Error("discovery: size key is bad");
    return Number(text);
  }
}
