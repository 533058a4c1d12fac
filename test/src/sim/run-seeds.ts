/** Runs many schedules, on as many threads as the machine has processors; a schedule itself is one thread's work. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { createPlan, type PlanOptions } from "./create-plan.ts";
import { runPlan } from "./run-plan.ts";

/** What of a schedule is worth telling. */
export interface SeedSummary {
  readonly seed: number;
  /** The first thing that is wrong; undefined when all is well. */
  readonly complaint: string | undefined;
  readonly calls: number;
  readonly answered: number;
  readonly lives: number;
  readonly events: number;
}

/** The schedules of one thread: every `stride`-th from `seed` to before `end`. */
export interface SeedRow {
  readonly seed: number;
  readonly end: number;
  readonly stride: number;
  readonly seconds: number;
  readonly machines: number;
}

/** Runs one schedule. */
export async function summaryOf(options: PlanOptions): Promise<SeedSummary> {
  const { outcome, complaints } = await runPlan(createPlan(options));
  const { calls } = outcome.history;
  return {
    seed: options.seed,
    complaint: complaints[0],
    calls: calls.length,
    answered: calls.filter(({ response }) => response !== undefined).length,
    lives: outcome.lives,
    events: outcome.events,
  };
}

/** Runs a row of schedules; `tell` hears of each, and answers whether to go on. Answers the seed at which it was told not to. */
export async function runSeeds(
  row: Omit<SeedRow, "stride">,
  tell: (summary: SeedSummary) => boolean,
): Promise<number | undefined> {
  const stride = Math.min(row.end - row.seed, availableParallelism());
  const workers: Worker[] = [];
  const ends: Promise<number | undefined>[] = [];
  for (let offset = 0; offset < stride; offset++) {
    const worker = new Worker(new URL("./seed-worker.js", import.meta.url), {
      workerData: { ...row, seed: row.seed + offset, stride },
      // Most of a schedule is garbage when it is over: the less often it is looked for, the less is copied.
      resourceLimits: { maxYoungGenerationSizeMb: 192 },
    });
    workers.push(worker);
    ends.push(endOf(worker, tell));
  }
  const failed = new Promise<number | undefined>((resolve, reject) => {
    for (const end of ends) end.then((seed) => seed !== undefined && resolve(seed), reject);
    void Promise.all(ends).then(() => resolve(undefined), reject);
  });
  try {
    return await failed;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function endOf(worker: Worker, tell: (summary: SeedSummary) => boolean): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    worker.on("message", (summary: SeedSummary) => {
      if (!tell(summary)) resolve(summary.seed);
    });
    worker.on("error", reject);
    worker.on("exit", () => resolve(undefined));
  });
}
