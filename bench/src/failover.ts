/**
 * How long a cluster of three takes no writes after its leader died: from the signal that kills the leader until a
 * surviving member has answered a put. A put is tried again as soon as it failed, and given up after a while, so that
 * what is measured is the cluster and not a client's patience.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { EtcdClient, type ServerProcess } from "@etcd-ts/test";
import type { Measurement } from "./measurement.ts";
import { type Row, rowOf } from "./report.ts";
import { type Binaries, Cluster, type Effort, type Side, sides } from "./servers.ts";

/** The row's name. */
export const failoverName = "failover-3";
const attemptMs = 100;
const giveUpMs = 60_000;
const settleMs = 1_000;

/** Kills leaders of both sides in turn. */
export async function measureFailover({ binaries, effort }: { binaries: Binaries; effort: Effort }): Promise<Row> {
  const rounds: Record<Side, Measurement[]> = { ours: [], etcd: [] };
  for (let round = 0; round < effort.failovers; round++) {
    for (const side of sides) {
      const binary = binaries[side];
      if (binary !== undefined) rounds[side].push(await killLeader(binary));
    }
  }
  return rowOf(failoverName, rounds);
}

async function killLeader(binary: string): Promise<Measurement> {
  const cluster = await Cluster.start(binary, 3);
  const clients = cluster.members.map(({ endpoint }) => new EtcdClient(endpoint));
  try {
    await Promise.all(clients.map((client) => put(client)));
    await sleep(settleMs);
    const leader = await leaderOf(cluster.members, clients);
    const survivor = clients[(leader + 1) % clients.length] as EtcdClient;
    const begunMs = performance.now();
    await (cluster.members[leader] as ServerProcess).kill("SIGKILL");
    while (!(await put(survivor))) {
      if (performance.now() - begunMs > giveUpMs) throw new Error("no write was taken after the leader's death");
    }
    const tookMs = performance.now() - begunMs;
    return { figures: { throughput: 1_000 / tookMs, p50Ms: tookMs }, generatorBusy: 0 };
  } finally {
    for (const client of clients) client.close();
    await cluster.stop();
  }
}

/** Whether a put was answered well in time; a failure that came at once waits a moment before the next. */
async function put(client: EtcdClient): Promise<boolean> {
  const request = { key: Buffer.from("failover"), value: Buffer.from("x") };
  try {
    await client.call("KV.Put", request, attemptMs);
    return true;
  } catch {
    await sleep(1);
    return false;
  }
}

async function leaderOf(members: readonly ServerProcess[], clients: readonly EtcdClient[]): Promise<number> {
  for (let index = 0; index < members.length; index++) {
    const { header, leader } = await clients[index]!.call("Maintenance.Status", {});
    if (leader !== "0" && header.memberId === leader) return index;
  }
  throw new Error("no member says that it leads");
}
