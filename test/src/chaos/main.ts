/**
 * `npm run chaos [-- --minutes N] [--seed N] [--only NAME,…] [--times N] [--arena namespaces|simulated] [--exec "BINARY FLAG…"]`:
 * rounds of faults on clusters of real processes, each round with a fresh cluster, until the time is over; at least one. Ends with the
 * failover times, or with what was wrong. With `--exec` the members are another server's: then what is wrong is told, and the rounds go on,
 * because the yardstick is wanted.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { numberOption, parseOptions, textOption } from "../harness/index.ts";
import { type Arena, NamespaceArena, SimulatedArena } from "./arena.ts";
import { type Measured, summaryOf } from "./outages.ts";
import { runRound } from "./round.ts";
import type { OtherServer } from "./stage.ts";

const complaintsShown = 20;
const complaintLengthMax = 600;

/** Runs what the arguments ask for; answers the exit code. */
export async function main(args: readonly string[], print: (line: string) => void): Promise<number> {
  const options = parseOptions(args, ["minutes", "seed", "only", "times", "arena", "exec"]);
  const seed = numberOption(options, "seed", Date.now() % 1_000_000);
  const endMs = performance.now() + numberOption(options, "minutes", 0) * 60_000;
  const only = textOption(options, "only", "")
    .split(",")
    .filter((name) => name !== "");
  const times = numberOption(options, "times", 1);
  const other = otherServer(textOption(options, "exec", ""));
  const measured: Measured[] = [];
  const arena = makeArena(textOption(options, "arena", "simulated"));
  for (let round = seed; round === seed || performance.now() < endMs; round++) {
    print(`round with seed ${round}, network ${arena.kind}`);
    const result = await runRound({ arena, seed: round, only, times, other, print });
    measured.push(...result.measured);
    print(`${result.calls} calls, ${result.answered} answered, ${result.revisions} revisions`);
    const { complaints } = result;
    if (complaints.length === 0) continue;
    for (const text of complaints.slice(0, complaintsShown)) print(`- ${text.slice(0, complaintLengthMax)}`);
    if (other !== undefined) continue;
    print(`${complaints.length} complaints; the same faults again with: npm run chaos -- --seed ${round}`);
    return 1;
  }
  for (const line of summaryOf(measured)) print(line);
  return 0;
}

function otherServer(command: string): OtherServer | undefined {
  const [binary = "", ...flags] = command.split(" ");
  return binary === "" ? undefined : { binary, flags };
}

function makeArena(kind: string): Arena {
  if (kind === "namespaces") return new NamespaceArena();
  return new SimulatedArena(join(mkdtempSync(join(tmpdir(), "etcd-chaos-")), "network"));
}
