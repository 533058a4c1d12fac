/**
 * `npm run sim -- --seed N [--seeds COUNT] [--seconds S] [--machines M] [--all]`: runs schedules from one seed on, and
 * stops at the first that fails, with the command that repeats it and its steps, as few as were found to be enough. With
 * `--all` it goes on, and names each that fails with its first complaint.
 */
import { numberOption, parseOptions } from "../harness/index.ts";
import { createPlan, type PlanOptions } from "./create-plan.ts";
import { runSeeds } from "./run-seeds.ts";
import { describeStep, shrink } from "./shrink.ts";
import { type Report, SimulationThread } from "./simulation-thread.ts";
import type { Plan } from "./step.ts";

const schedulesPerLine = 100;
const shrinkRunsMax = 150;
const complaintsShown = 10;
const complaintLengthMax = 600;

/** Runs what the arguments ask for; answers the exit code. */
export async function main(args: readonly string[], print: (line: string) => void): Promise<number> {
  const options = parseOptions(args, ["seed", "seeds", "seconds", "machines", "all"]);
  const seed = numberOption(options, "seed", 1);
  const seeds = numberOption(options, "seeds", 1);
  const seconds = numberOption(options, "seconds", 30);
  const machines = numberOption(options, "machines", 0);
  if (seeds === 1) return runOne({ seed, seconds, machines }, print);
  const begunMs = performance.now();
  const goesOn = options["all"] === true;
  const totals = { schedules: 0, failed: 0, calls: 0, answered: 0, lives: 0, events: 0 };
  const failed = await runSeeds({ seed, end: seed + seeds, seconds, machines }, (each, report) => {
    totals.schedules++;
    if (report.complaints.length > 0) {
      totals.failed++;
      if (!goesOn) return false;
      print(`seed ${each} failed: ${report.complaints[0]!.slice(0, complaintLengthMax)}`);
    }
    for (const name of ["calls", "answered", "lives", "events"] as const) totals[name] += report[name];
    if (totals.schedules % schedulesPerLine === 0)
      print(`${totals.schedules - totals.failed} of ${totals.schedules} schedules passed`);
    return true;
  });
  if (failed !== undefined) return runOne({ seed: failed, seconds, machines }, print);
  const tookSeconds = (performance.now() - begunMs) / 1000;
  print(
    `${seeds - totals.failed} of ${seeds} schedules of ${seconds} s passed in ${tookSeconds.toFixed(1)} s (${(seeds / tookSeconds).toFixed(1)} a second): ` +
      `${totals.calls} calls, ${totals.answered} answered, ${totals.lives} lives, ${totals.events} events`,
  );
  return totals.failed === 0 ? 0 : 1;
}

async function runOne(options: PlanOptions, print: (line: string) => void): Promise<number> {
  const thread = new SimulationThread();
  try {
    const report = await thread.run({ plan: options, detailed: true });
    if (report.complaints.length > 0) return await fail(options, { report, thread, print });
    print(`seed ${options.seed} passed: history ${report.hash}`);
    print(`${report.calls} calls, ${report.lives} lives, ${report.events} events`);
    return 0;
  } finally {
    await thread.stop();
  }
}

interface Failure {
  readonly report: Report;
  readonly thread: SimulationThread;
  readonly print: (line: string) => void;
}

async function fail(options: PlanOptions, { report, thread, print }: Failure): Promise<number> {
  const { seed, seconds, machines } = options;
  print(`seed ${seed} failed: ${report.isStuck ? "it has no end" : `history ${report.hash}`}`);
  printComplaints(report.complaints, print);
  print(`repeat with: npm run sim -- --seed ${seed} --seconds ${seconds} --machines ${machines}`);
  // What has no end takes as long each time.
  if (report.isStuck) return 1;
  const isFailing = async (plan: Plan) => (await thread.run({ plan })).complaints.length > 0;
  const short = await shrink(createPlan(options), isFailing, shrinkRunsMax);
  print(`it still fails with these ${short.steps.length} steps:`);
  for (const step of short.steps) print(describeStep(step));
  printComplaints((await thread.run({ plan: short, detailed: true })).complaints, print);
  return 1;
}

function printComplaints(complaints: readonly string[], print: (line: string) => void): void {
  for (const complaint of complaints.slice(0, complaintsShown)) print(`- ${complaint.slice(0, complaintLengthMax)}`);
  if (complaints.length > complaintsShown) print(`- and ${complaints.length - complaintsShown} more`);
}
