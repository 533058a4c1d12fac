/**
 * The two servers that are compared, alone or as clusters, and how much effort a comparison takes.
 */
import { rmSync } from "node:fs";
import { freePorts, ServerProcess } from "@etcd-ts/test";

/** How long and how often. */
export interface Effort {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** A first round that does not count: servers that were just started compile, and fill their caches. */
  readonly unmeasuredSeconds: number;
  readonly bigStoreKeys: number;
  readonly failovers: number;
  readonly client: string;
}

/** The two servers; either may be missing. */
export const sides = ["ours", "etcd"] as const;
/** Which of the two. */
export type Side = (typeof sides)[number];
/** Programs of the servers that are there. */
export type Binaries = Partial<Record<Side, string>>;

/** Running servers that are measured as one: clients spread over the endpoints, processor time and memory are summed. */
export interface Target {
  /** Host and port of each, for clients. */
  readonly endpoints: readonly string[];
  readonly pids: readonly number[];
}

/** Room for what the longest load writes; both get it. */
const flags = ["--quota-backend-bytes", String(8 * 2 ** 30)];
const startTimeoutMs = 120_000;

/** Starts a server for measuring, on a fresh directory unless one is given. */
export function startServer(binary: string, where: { dataDir?: string } = {}): Promise<ServerProcess> {
  return ServerProcess.start({ binary, flags, startTimeoutMs, ...where });
}

/** A server by itself, to be measured. */
export function targetOf(server: ServerProcess): Target {
  return { endpoints: [server.endpoint], pids: [server.pid] };
}

/** Members of one cluster on fresh directories; `stop` ends those that still run and removes everything. */
export class Cluster implements Target {
  readonly members: ServerProcess[];

  private constructor(members: ServerProcess[]) {
    this.members = members;
  }

  /** Founds a cluster of that many members and waits until all of them serve. */
  static async start(binary: string, count: number, more: readonly string[] = []): Promise<Cluster> {
    const ports = await freePorts(2 * count);
    const names = Array.from({ length: count }, (_, i) => `m${i + 1}`);
    const initial = names.map((name, i) => `${name}=http://127.0.0.1:${ports[2 * i + 1]}`).join(",");
    const start = (name: string, i: number): Promise<ServerProcess> =>
      ServerProcess.spawn({
        binary,
        ports: [ports[2 * i] as number, ports[2 * i + 1] as number],
        flags: [...flags, ...more, "--name", name, "--initial-cluster", initial],
      });
    const cluster = new Cluster(await Promise.all(names.map(start)));
    try {
      await Promise.all(cluster.members.map((member) => member.waitUntilHealthy(startTimeoutMs)));
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  get endpoints(): readonly string[] {
    return this.members.map(({ endpoint }) => endpoint);
  }

  get pids(): readonly number[] {
    return this.members.map(({ pid }) => pid);
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => (member.alive ? member.stop() : undefined)));
    for (const { dataDir } of this.members) rmSync(dataDir, { recursive: true, force: true });
  }
}
