/**
 * The big store: filled with 1,000,000 keys once per server, then its memory, its counts and pages, and a restart. Each
 * side is measured alone, ours first; the memory of one must not press on the other.
 */
import { rmSync } from "node:fs";
import { bigStoreLoads, type Load } from "./loads.ts";
import { type Measurement, measure, residentMb } from "./measurement.ts";
import { type Row, rowOf } from "./report.ts";
import { type Binaries, type Effort, type Side, sides, startServer, targetOf } from "./servers.ts";

type BigStoreName = keyof typeof bigStoreLoads;

/** Measures everything on the big stores of both sides. */
export async function measureBigStore(options: { binaries: Binaries; effort: Effort }): Promise<Row[]> {
  const results: Partial<Record<Side, Record<BigStoreName, Measurement>>> = {};
  for (const side of sides) {
    const binary = options.binaries[side];
    if (binary !== undefined) results[side] = await measureSide(binary, options.effort);
  }
  return (Object.keys(bigStoreLoads) as BigStoreName[]).map((name) => {
    const of = (side: Side): Measurement[] => [results[side]?.[name]].filter((found) => found !== undefined);
    return rowOf(bigStoreLoads[name].name, { ours: of("ours"), etcd: of("etcd") });
  });
}

async function measureSide(binary: string, effort: Effort): Promise<Record<BigStoreName, Measurement>> {
  let server = await startServer(binary);
  const sized = (load: Load): Load => ({ ...load, keyCount: effort.bigStoreKeys });
  const run = (load: Load, seconds: number): Promise<Measurement> =>
    measure(targetOf(server), { ...effort, load: sized(load), fill: false, seconds });
  try {
    const fill = await run(bigStoreLoads.fill, 0);
    const memory = memoryOnly(residentMb(targetOf(server)));
    const count = await run(bigStoreLoads.count, effort.seconds);
    const page = await run(bigStoreLoads.page, effort.seconds);
    const { dataDir } = server;
    await server.kill("SIGTERM");
    const begun = performance.now();
    server = await startServer(binary, { dataDir });
    const tookMs = performance.now() - begun;
    const figures = { throughput: 1_000 / tookMs, p50Ms: tookMs, p99Ms: tookMs, rssMb: residentMb(targetOf(server)) };
    return { fill, memory, count, page, restart: { figures, generatorBusy: 0 } };
  } finally {
    await server.stop();
    rmSync(server.dataDir, { recursive: true, force: true });
  }
}

function memoryOnly(rssMb: number | undefined): Measurement {
  return { figures: { rssMb }, generatorBusy: 0 };
}
