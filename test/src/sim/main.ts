/**
 * `npm run sim -- --seed N [--seeds COUNT] [--seconds S] [--machines M] [--all]`: runs schedules from one seed on, and
 * stops at the first that fails, with the command that repeats it and its steps, as few as were found to be enough. With
 * `--all` it goes on, and names each that fails with its first complaint.
 */
import { numberOption, parseOptions } from "../harness/index.ts";
import { createPlan, type PlanOptions } from "./create-plan.ts";
import { hashOf, runPlan, type Verdict } from "./run-plan.ts";
import { runSeeds } from "./run-seeds.ts";
import { describeStep, shrink } from "./shrink.ts";

const schedulesPerLine = 250;
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
  const failed = await runSeeds({ seed, end: seed + seeds, seconds, machines }, (summary) => {
    totals.schedules++;
    if (summary.complaint !== undefined) {
      totals.failed++;
      if (!goesOn) return false;
      print(`seed ${summary.seed} failed: ${summary.complaint.slice(0, complaintLengthMax)}`);
    }
    totals.calls += summary.calls;
    totals.answered += summary.answered;
    totals.lives += summary.lives;
    totals.events += summary.events;
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
  const verdict = await runPlan(createPlan(options));
  if (verdict.complaints.length > 0) return fail(options, verdict, print);
  const { history, lives, events } = verdict.outcome;
  print(`seed ${options.seed} passed: history ${hashOf(verdict.outcome)}`);
  print(`${history.calls.length} calls, ${lives} lives, ${events} events`);
  return 0;
}

async function fail(options: PlanOptions, verdict: Verdict, print: (line: string) => void): Promise<number> {
  const { seed, seconds, machines } = options;
  print(`seed ${seed} failed: history ${hashOf(verdict.outcome)}`);
  printComplaints(verdict.complaints, print);
  print(`repeat with: npm run sim -- --seed ${seed} --seconds ${seconds} --machines ${machines}`);
  const isFailing = async (plan: ReturnType<typeof createPlan>) => (await runPlan(plan)).complaints.length > 0;
  const short = await shrink(createPlan(options), isFailing, shrinkRunsMax);
  print(`it still fails with these ${short.steps.length} steps:`);
  for (const step of short.steps) print(describeStep(step));
  printComplaints((await runPlan(short)).complaints, print);
  return 1;
}

function printComplaints(complaints: readonly string[], print: (line: string) => void): void {
  for (const complaint of complaints.slice(0, complaintsShown)) print(`- ${complaint.slice(0, complaintLengthMax)}`);
  if (complaints.length > complaintsShown) print(`- and ${complaints.length - complaintsShown} more`);
}
