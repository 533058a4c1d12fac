/**
 * The load generator's process: gets one job from its parent, carries it out and tells when the measuring window opens
 * and what was measured, so that the parent can read the server's processor time at the same moments. It shares the
 * machine with the server and therefore also tells how busy it was itself.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { fillKeys, startCalls } from "./call-load.ts";
import { connectLoadClient } from "./connect.ts";
import { startKeepAlives } from "./keepalive-load.ts";
import type { LoadClient } from "./load-client.ts";
import { isV2, type Load } from "./loads.ts";
import { type Measured, Meter } from "./meter.ts";
import { callsOf } from "./requests.ts";
import { startV2Load } from "./v2-load.ts";
import { startWatchLoad } from "./watch-load.ts";

/** What the parent wants to be done. */
export interface Job {
  /** Connections are spread over them evenly. */
  readonly endpoints: readonly string[];
  readonly load: Load;
  /** Put every key of the load first. */
  readonly fill: boolean;
  /** Length of the measuring window; 0 measures the filling itself. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** `node` takes the client on node:http2. */
  readonly client: string;
}

/** What the generator tells. */
export type Report =
  | { readonly kind: "opened" }
  | { readonly kind: "measured"; readonly measured: Measured }
  | { readonly kind: "failed"; readonly reason: string };

const fillClients = 256;

/** Settles when the parent has it: a process that ends right away would take the report along. */
function tell(report: Report): Promise<void> {
  return new Promise((resolve) => process.send?.(report, undefined, {}, () => resolve()));
}

async function carryOut(job: Job): Promise<Measured> {
  const { load } = job;
  const meter = new Meter();
  const endpointOf = (index: number): string => job.endpoints[index % job.endpoints.length] as string;
  const count = isV2(load.kind) ? 0 : load.connections;
  const connecting = Array.from({ length: count }, (_, i) => connectLoadClient(endpointOf(i), job.client));
  const connections = await Promise.all(connecting);
  const fill = {
    clients: Math.max(load.clients, fillClients),
    keyCount: load.keyCount,
    valueBytes: load.valueBytes,
    meter,
  };
  if (job.seconds === 0) {
    meter.open();
    await tell({ kind: "opened" });
    await fillKeys(connections, fill);
    return meter.close();
  }
  if (job.fill && !isV2(load.kind)) await fillKeys(connections, fill);
  return measureWindow(await start(connections, { job, meter }), { job, meter });
}

async function measureWindow(stop: () => void, { job, meter }: { job: Job; meter: Meter }): Promise<Measured> {
  await sleep(job.warmUpSeconds * 1_000);
  meter.open();
  await tell({ kind: "opened" });
  await sleep(job.seconds * 1_000);
  const measured = meter.close();
  stop();
  return measured;
}

async function start(
  connections: readonly LoadClient[],
  { job, meter }: { job: Job; meter: Meter },
): Promise<() => void> {
  const { load, endpoints, fill } = job;
  const { clients, kind } = load;
  if (isV2(kind)) return startV2Load(endpoints, { load, meter, fill });
  if (kind === "watch") return startWatchLoad(connections, { load, meter });
  if (kind === "keepalive") return startKeepAlives(connections, { clients, meter });
  return startCalls(connections, { clients, meter, next: callsOf(kind, load) });
}

process.once("message", (job: Job) => {
  carryOut(job)
    .then((measured) => tell({ kind: "measured", measured }))
    .catch((error) => tell({ kind: "failed", reason: String(error) }))
    .finally(() => process.exit());
});
