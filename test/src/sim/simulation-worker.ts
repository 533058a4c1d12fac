/** The inside of a `SimulationThread`: runs each schedule it is told of, and tells what it came to. */
import { parentPort, workerData } from "node:worker_threads";
import { createPlan } from "./create-plan.ts";
import { endless, mutations } from "./mutations.ts";
import { Pulse } from "./pulse.ts";
import { hashOf, runPlan, type Verdict } from "./run-plan.ts";
import type { Job, Report, WorkerInput } from "./simulation-thread.ts";

const stackTraceLimit = 10;
const pulse = new Pulse((workerData as WorkerInput).memory);

parentPort!.on("message", (job: Job) => {
  // An error is the thread's end, and is told as such.
  void run(job).then((report) => parentPort!.postMessage(report));
});

async function run({ plan, mutation: name, detailed = false }: Job): Promise<Report> {
  // Whoever repeats a schedule that failed sees where; elsewhere the thousands of expected errors are to be cheap.
  Error.stackTraceLimit = detailed ? stackTraceLimit : 0;
  const mutation = [...mutations, endless].find((each) => each.name === name);
  if (name !== undefined && mutation === undefined) throw new Error(`there is no mutation by the name ${name}`);
  const verdict = await runPlan("steps" in plan ? plan : createPlan(plan), { mutation, pulse });
  return reportOf(verdict, detailed);
}

function reportOf({ outcome, complaints }: Verdict, detailed: boolean): Report {
  const { calls } = outcome.history;
  return {
    complaints,
    isStuck: false,
    hash: detailed ? hashOf(outcome) : "",
    calls: calls.length,
    answered: calls.filter(({ response }) => response !== undefined).length,
    lives: outcome.lives,
    events: outcome.events,
  };
}
