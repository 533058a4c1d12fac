/**
 * `npm run bench`: our server and the real etcd under the same loads, in alternation, on fresh directories, on this
 * machine, now. A ratio of two figures taken a minute apart says more than either figure. See docs/performance.md.
 */
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { measureBigStore } from "./big-store.ts";
import { failoverName, measureFailover } from "./failover.ts";
import { bigStoreLoads, type Load, loads } from "./loads.ts";
import { type Measurement, measure } from "./measurement.ts";
import { type Row, rowOf, tableFoot, tableHead, tableLine } from "./report.ts";
import { type Binaries, Cluster, type Effort, type Side, sides, startServer } from "./servers.ts";

const fullEffort = {
  rounds: 5,
  seconds: 2,
  warmUpSeconds: 1,
  unmeasuredSeconds: 5,
  bigStoreKeys: 1_000_000,
  failovers: 7,
};
const quickEffort = {
  rounds: 2,
  seconds: 0.5,
  warmUpSeconds: 0.2,
  unmeasuredSeconds: 0.5,
  bigStoreKeys: 50_000,
  failovers: 1,
};

async function measureLoad(load: Load, { binaries, effort }: { binaries: Binaries; effort: Effort }): Promise<Row> {
  const servers: Partial<Record<Side, Cluster>> = {};
  const rounds: Record<Side, Measurement[]> = { ours: [], etcd: [] };
  try {
    const start = async (side: Side): Promise<void> => {
      const binary = binaries[side];
      if (binary !== undefined) servers[side] = await Cluster.start(binary, load.members ?? 1, load.flags);
    };
    await Promise.all(sides.map(start));
    for (const side of sides) {
      const fill = load.filled === true;
      if (servers[side] !== undefined)
        await measure(servers[side], { ...effort, load, fill, seconds: effort.unmeasuredSeconds });
    }
    for (let round = 0; round < effort.rounds; round++) {
      for (const side of sides) {
        if (servers[side] !== undefined)
          rounds[side].push(await measure(servers[side], { ...effort, load, fill: false }));
      }
    }
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  }
  return rowOf(load.name, rounds);
}

interface Settings {
  readonly effort: Effort;
  readonly isQuick: boolean;
  readonly json: string | undefined;
  readonly only: readonly string[];
  readonly binaries: Binaries;
}

/** Runs the benchmark with a command line's arguments and returns the exit code. */
export async function main(args: readonly string[], ourBinary: string): Promise<number> {
  const settings = readSettings(args, ourBinary);
  const { effort, binaries } = settings;
  for (const side of sides) console.log(`${side}: ${binaries[side] ?? "missing, left out"}`);
  console.log(`${effort.rounds} rounds of ${effort.seconds} s each, in alternation\n\n${tableHead}`);
  const rows: Row[] = [];
  let failures = 0;
  const isWanted = selectionOf(settings.only);
  const report = (row: Row): void => {
    rows.push(row);
    console.log(tableLine(row));
  };
  const attempt = async (name: string, run: () => Promise<void>): Promise<void> => {
    await run().catch((error) => {
      failures++;
      console.log(`| ${name} | failed: ${String(error)} |`);
    });
  };
  for (const load of loads) {
    if (isWanted(load.name))
      await attempt(load.name, async () => report(await measureLoad(load, { binaries, effort })));
  }
  if (isWanted(failoverName)) {
    await attempt(failoverName, async () => report(await measureFailover({ binaries, effort })));
  }
  if (Object.values(bigStoreLoads).some(({ name }) => isWanted(name))) {
    await attempt("big store", async () => {
      for (const row of await measureBigStore({ binaries, effort })) if (isWanted(row.load)) report(row);
    });
  }
  console.log(tableFoot);
  if (!settings.isQuick && settings.only.length === 0) await checkPerf(binaries);
  if (settings.json !== undefined) writeFileSync(settings.json, `${JSON.stringify(rows, undefined, 2)}\n`);
  return failures === 0 ? 0 : 1;
}

/** Loads by name: `put-1` is that load alone, `put` every load whose name contains it. */
function selectionOf(only: readonly string[]): (name: string) => boolean {
  const known = new Set([failoverName, ...[...loads, ...Object.values(bigStoreLoads)].map(({ name }) => name)]);
  const matches = (name: string, word: string): boolean => (known.has(word) ? name === word : name.includes(word));
  return (name) => only.length === 0 || only.some((word) => matches(name, word));
}

function readSettings(args: readonly string[], ourBinary: string): Settings {
  const rest = [...args];
  const take = (name: string): string | undefined => {
    const at = rest.indexOf(name);
    return at < 0 ? undefined : rest.splice(at, 2)[1];
  };
  const isQuick = rest.includes("--quick");
  const base = isQuick ? quickEffort : fullEffort;
  const effort: Effort = {
    ...base,
    rounds: Number(take("--rounds") ?? base.rounds),
    seconds: Number(take("--seconds") ?? base.seconds),
    bigStoreKeys: Number(take("--keys") ?? base.bigStoreKeys),
    client: take("--client") ?? "wire",
  };
  const [json, exec] = [take("--json"), take("--exec") ?? ourBinary];
  const at = rest.indexOf("--only");
  const only = at < 0 ? [] : rest.slice(at + 1).filter((name) => !name.startsWith("--"));
  const binaries: Binaries = {};
  if (existsSync(exec) || isOnPath(exec)) binaries.ours = exec;
  if (isOnPath("etcd")) binaries.etcd = "etcd";
  return { effort, isQuick, json, only, binaries };
}

function isOnPath(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}

/** etcd's own opinion of a server, where etcdctl is installed: a fixed rate for a minute, then pass or fail. */
async function checkPerf(binaries: Binaries): Promise<void> {
  if (!isOnPath("etcdctl")) return;
  for (const side of sides) {
    const binary = binaries[side];
    if (binary === undefined) continue;
    const server = await startServer(binary);
    const check = ["--endpoints", server.endpoint, "check", "perf", "--load", "l"];
    const { stdout } = spawnSync("etcdctl", check, { encoding: "utf8", env: { ...process.env, ETCDCTL_API: "3" } });
    console.log(
      `\netcdctl check perf --load l, ${side}:\n${stdout
        .split("\n")
        .filter((line) => /PASS|FAIL/.test(line))
        .join("\n")}`,
    );
    await server.stop();
  }
}
