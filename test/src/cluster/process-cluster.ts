/**
 * A cluster of real processes on loopback, for suites that kill, restart, add and remove members. Data directories belong
 * to the cluster and outlive their processes; `stop` ends and removes everything.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EtcdClient, freePorts, ServerProcess } from "../harness/index.ts";

const binary = new URL("../../../bin/etcd", import.meta.url).pathname;
const startTimeoutMs = 60_000;

/** A member's name, ports and, while it runs, its process. */
export interface ClusterMember {
  readonly name: string;
  readonly ports: readonly [number, number];
  readonly peerUrl: string;
  readonly client: EtcdClient;
  process: ServerProcess | undefined;
}

/** What a start takes besides the usual flags. */
export interface MoreFlags {
  readonly flags?: readonly string[];
}

/** Members by name; see the top of this file. */
export class ProcessCluster {
  readonly members: ClusterMember[] = [];
  readonly #root = mkdtempSync(join(tmpdir(), "etcd-cluster-"));

  /** Founds a cluster and waits until every member serves. */
  static async start(count: number): Promise<ProcessCluster> {
    const cluster = new ProcessCluster();
    for (let i = 1; i <= count; i++) await cluster.plan(`m${i}`);
    await Promise.all(cluster.members.map((member) => cluster.run(member)));
    return cluster;
  }

  /** Host and port of every member, for etcdctl. */
  get endpoints(): string {
    return this.members.map(({ ports }) => `127.0.0.1:${ports[0]}`).join(",");
  }

  /** Chooses ports for a member that is to be started. */
  async plan(name: string): Promise<ClusterMember> {
    const [client = 0, peer = 0] = await freePorts(2);
    const member: ClusterMember = {
      name,
      ports: [client, peer],
      peerUrl: `http://127.0.0.1:${peer}`,
      client: new EtcdClient(`127.0.0.1:${client}`),
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
      binary,
      dataDir: join(this.#root, member.name),
      ports: member.ports,
      flags: ["--name", member.name, "--initial-cluster", initialCluster, "--initial-cluster-state", state].concat(
        more.flags ?? [],
      ),
    });
    return member.process;
  }

  /** The member that leads, by its own word. */
  async leader(): Promise<ClusterMember> {
    return eventually("one member leads", async () => {
      for (const member of this.members) {
        if (member.process?.alive !== true) continue;
        const { header, leader } = await member.client.call("Maintenance.Status", {}, 1_000);
        if (leader !== "0" && header.memberId === leader) return member;
      }
      return undefined;
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

/** Asks until there is an answer; errors count as none. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>, timeoutMs = 30_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown = "no answer";
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await sleep(20);
  }
  throw new Error(`not within ${timeoutMs} ms: ${what} (${String(last)})`);
}
