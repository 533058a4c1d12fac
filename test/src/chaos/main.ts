/**
 * `npm run chaos [-- --minutes N] [--seed N] [--only NAME,…] [--arena namespaces|simulated]`: rounds of faults on clusters of real
 * processes, each round with a fresh cluster, until the time is over; at least one. Ends with the failover times, or with what was wrong.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { numberOption, parseOptions, textOption } from "../harness/index.ts";
import { type Arena, NamespaceArena, SimulatedArena } from "./arena.ts";
import { type Measured, summaryOf } from "./outages.ts";
import { runRound } from "./round.ts";

const complaintsShown = 20;
const complaintLengthMax = 600;

/** Runs what the arguments ask for; answers the exit code. */
export async function main(args: readonly string[], print: (line: string) => void): Promise<number> {
  const options = parseOptions(args, ["minutes", "seed", "only", "arena"]);
  const seed = numberOption(options, "seed", Date.now() % 1_000_000);
  const endMs = performance.now() + numberOption(options, "minutes", 0) * 60_000;
  const only = textOption(options, "only", "")
    .split(",")
    .filter((name) => name !== "");
  const measured: Measured[] = [];
  const arena = makeArena(textOption(options, "arena", "simulated"));
  for (let round = seed; round === seed || performance.now() < endMs; round++) {
    print(`round with seed ${round}, network ${arena.kind}`);
    const result = await runRound({ arena, seed: round, only, print });
    measured.push(...result.measured);
    print(`${result.calls} calls, ${result.answered} answered, ${result.revisions} revisions`);
    const { complaints } = result;
    if (complaints.length === 0) continue;
    for (const text of complaints.slice(0, complaintsShown)) print(`- ${text.slice(0, complaintLengthMax)}`);
    print(`${complaints.length} complaints; the same faults again with: npm run chaos -- --seed ${round}`);
    return 1;
  }
  for (const line of summaryOf(measured)) print(line);
  return 0;
}

function makeArena(kind: string): Arena {
  if (kind === "namespaces") return new NamespaceArena();
  return new SimulatedArena(join(mkdtempSync(join(tmpdir(), "etcd-chaos-")), "network"));
}
