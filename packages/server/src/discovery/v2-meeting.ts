/**
 * `--discovery URL`: founders that do not know each other meet below a key of a v2 key space, which an operator has prepared with
 * the number of them. Each registers itself under its id, in the order of arrival, and waits until there are enough; who comes
 * later is told that the cluster is full. The service is only needed until the cluster is founded.
 */
import { formatId, parseInitialCluster } from "../membership/index.ts";
import type { Clock, DiscoveringMember, Logger, WebClient } from "../ports/index.ts";
import { clusterFullText } from "./meeting-full.ts";
import { Patience } from "./patience.ts";
import { type V2Entry, V2Service } from "./v2-service.ts";

/** What meeting over v2 needs of the world. */
export interface V2MeetingPorts {
  readonly web: WebClient;
  readonly clock: Clock;
  readonly log: Logger;
}

const pauseMs = 1_000;

interface Found {
  readonly size: number;
  readonly entries: readonly V2Entry[];
  readonly index: number;
}

/** Registers this member, waits for the others, and resolves with the initial cluster; rejects in etcd's words. */
export async function meetInV2(ports: V2MeetingPorts, url: string, self: DiscoveringMember): Promise<string> {
  const { log } = ports;
  const service = new V2Service(ports.web, url);
  const name = formatId(self.memberId);
  const patience = new Patience(ports);
  const look = () => patience.insist("cluster status check", () => lookAt(service, name));
  await look();
  await register({ service, patience }, { ...self, name });
  let found = await look();
  while (found.entries.length < found.size) {
    log.info("found peers from discovery server; waiting for more", {
      "discovery-url": url,
      "found-peers": found.entries.length,
      "needed-peers": found.size - found.entries.length,
    });
    const { index } = found;
    await patience.insist("waiting for other nodes", () => service.changeBehind(index));
    found = await look();
    // A service that does not know how to wait must not be asked without end.
    if (found.index <= index) await new Promise<void>((resolve) => ports.clock.setTimer(pauseMs, resolve));
  }
  log.info("found all needed peers from discovery server", { "discovery-url": url, "found-peers": found.size });
  return clusterOf(found);
}

/** Reads the size and who is there; rejects when this member is not and will not be among the first. */
async function lookAt(service: V2Service, self: string): Promise<Found> {
  const size = await service.size();
  const { entries, index } = await service.entries();
  const place = entries.findIndex(({ name }) => name === self);
  if ((place < 0 ? entries.length : place) >= size) throw new Error(clusterFullText);
  return { size, entries: entries.slice(0, size), index };
}

interface Registering {
  readonly service: V2Service;
  readonly patience: Patience;
}

async function register({ service, patience }: Registering, self: DiscoveringMember & { name: string }): Promise<void> {
  // Of a request without an answer nobody knows what it did: a second try may find the first one's work.
  let mayBeThere = self.resuming;
  await patience.insist("register member itself", async () => {
    const expected = mayBeThere;
    mayBeThere = true;
    const isNew = await service.create(self.name, self.entry);
    if (!isNew && !expected) throw new Error("discovery: found duplicate id");
  });
}

function clusterOf({ entries, size }: Found): string {
  const text = entries.map(({ value }) => value).join(",");
  const cluster = parseInitialCluster(text);
  if (!cluster.ok) throw new Error("discovery: invalid URL");
  if (cluster.value.size !== size) throw new Error("discovery: found duplicate name");
  return text;
}
