/**
 * A cluster of real processes on loopback, for suites that kill, restart, add and remove members. Data directories belong
 * to the cluster and outlive their processes; `stop` ends and removes everything.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { EtcdClient } from "./etcd-client.ts";
import { freePorts } from "./free-ports.ts";
import { ServerProcess } from "./server-process.ts";

/** This project's own server. */
const ownBinary = fileURLToPath(new URL("../../../bin/etcd", import.meta.url));
const startTimeoutMs = 60_000;
/** No single question takes longer. */
const askMsMost = 6_000;

/** Where a member runs. */
export interface Place {
  readonly host: string;
  /** Client and peer port. */
  readonly ports: readonly [number, number];
  /** Command that runs the program there. */
  readonly via?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Data directory; default: one of the cluster's. */
  readonly dataDir?: string;
}

/** What may differ from a cluster on loopback. */
export interface ClusterOptions {
  /** Program of the members; default: this project's server. */
  readonly binary?: string;
  /** More flags for every member. */
  readonly flags?: readonly string[];
  /** Finds a place for a member. */
  readonly place?: (name: string) => Promise<Place>;
}

/** A member's name, ports and, while it runs, its process. */
export interface ClusterMember {
  readonly name: string;
  readonly place: Place;
  readonly ports: readonly [number, number];
  readonly peerUrl: string;
  readonly client: EtcdClient;
  process: ServerProcess | undefined;
}

/** What a start takes besides the usual flags. */
export interface MoreFlags {
  readonly flags?: readonly string[];
  /** Program of this member, where it is not the cluster's. */
  readonly binary?: string;
}

/** Members by name; see the top of this file. */
export class ProcessCluster {
  readonly members: ClusterMember[] = [];
  readonly #root = mkdtempSync(join(tmpdir(), "etcd-cluster-"));
  readonly #options: ClusterOptions;

  constructor(options: ClusterOptions = {}) {
    this.#options = options;
  }

  /** Founds a cluster and waits until every member serves. */
  static async start(count: number, options: ClusterOptions = {}): Promise<ProcessCluster> {
    const cluster = new ProcessCluster(options);
    for (let i = 1; i <= count; i++) await cluster.plan(`m${i}`);
    await Promise.all(cluster.members.map((member) => cluster.run(member)));
    return cluster;
  }

  /** Host and port of every member, for etcdctl. */
  get endpoints(): string {
    return this.members.map(({ place, ports }) => `${place.host}:${ports[0]}`).join(",");
  }

  /** Chooses ports for a member that is to be started. */
  async plan(name: string): Promise<ClusterMember> {
    const place = await (this.#options.place?.(name) ?? loopback());
    const { host, ports } = place;
    const member: ClusterMember = {
      name,
      place,
      ports,
      peerUrl: `http://${host}:${ports[1]}`,
      client: new EtcdClient(`${host}:${ports[0]}`),
      process: undefined,
    };
    this.members.push(member);
    return member;
  }

  /** Starts a member, or starts it again, and waits until it serves. */
  async run(member: ClusterMember, state: "new" | "existing" = "new", more: MoreFlags = {}): Promise<void> {
    const process = await this.spawn(member, state, more);
    await process.waitUntilHealthy(startTimeoutMs);
  }

  /** Starts a member without waiting. */
  async spawn(member: ClusterMember, state: "new" | "existing", more: MoreFlags = {}): Promise<ServerProcess> {
    const initialCluster = this.members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(",");
    member.process = await ServerProcess.spawn({
      binary: more.binary ?? this.#options.binary ?? ownBinary,
      dataDir: join(this.#root, member.name),
      ...member.place,
      flags: [
        ...["--name", member.name, "--initial-cluster", initialCluster, "--initial-cluster-state", state],
        ...(this.#options.flags ?? []),
        ...(more.flags ?? []),
      ],
    });
    return member.process;
  }

  /** Leaves out a member that was removed and has ended. */
  forget(member: ClusterMember): void {
    member.client.close();
    this.members.splice(this.members.indexOf(member), 1);
  }

  /** The member that leads, by its own word. */
  async leader(): Promise<ClusterMember> {
    const running = () => this.members.filter(({ process }) => process?.alive === true);
    return eventually("one member leads", async () => {
      // One that does not serve yet, or stands still, must not hide the one that leads.
      const claims = await Promise.allSettled(running().map((member) => claimOf(member)));
      const leaders = claims.flatMap((claim) => (claim.status === "fulfilled" ? (claim.value ?? []) : []));
      if (leaders.length === 0) for (const claim of claims) if (claim.status === "rejected") throw claim.reason;
      return leaders.sort((left, right) => right.term - left.term)[0]?.member;
    });
  }

  /** Waits until every running member has the same revision and hash. */
  async agree(): Promise<void> {
    await eventually("all members hold the same", async () => {
      const running = this.members.filter(({ process }) => process?.alive === true);
      const hashes = await Promise.all(running.map(({ client }) => client.call("Maintenance.Hash", {}, 1_000)));
      return hashes.every(
        ({ hash, header }) => hash === hashes[0].hash && header.revision === hashes[0].header.revision,
      )
        ? true
        : undefined;
    });
  }

  async stop(): Promise<void> {
    for (const { client } of this.members) client.close();
    await Promise.all(
      this.members.map(({ process }) => (process?.alive === true ? process.kill("SIGKILL") : undefined)),
    );
    rmSync(this.#root, { recursive: true, force: true });
  }
}

/** A member's word that it leads, and since which term; undefined: it does not. */
async function claimOf(member: ClusterMember): Promise<{ member: ClusterMember; term: number } | undefined> {
  const { header, leader } = await member.client.call("Maintenance.Status", {}, 1_000);
  if (leader === "0" || header.memberId !== leader) return undefined;
  return { member, term: Number(header.raftTerm) };
}

async function loopback(): Promise<Place> {
  const [client = 0, peer = 0] = await freePorts(2);
  return { host: "127.0.0.1", ports: [client, peer] };
}

/** Asks until there is an answer; errors count as none. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>, timeoutMs = 30_000): Promise<T> {
  let deadline = performance.now() + timeoutMs;
  let last: unknown = "no answer";
  for (let askedMs = performance.now(); askedMs < deadline; askedMs = performance.now()) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await sleep(20);
    // A machine that stood still asked nothing meanwhile.
    deadline += Math.max(0, performance.now() - askedMs - askMsMost);
  }
  throw new Error(`not within ${timeoutMs} ms: ${what} (${String(last)})`);
}
