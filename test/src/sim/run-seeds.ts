/** Runs many schedules, on as many threads as the machine has processors; a schedule itself is one thread's work. */
import { availableParallelism } from "node:os";
import { type Job, type Report, SimulationThread } from "./simulation-thread.ts";

/** Schedules from `seed` to before `end`, alike but for that. */
export interface SeedRange {
  readonly seed: number;
  readonly end: number;
  readonly seconds: number;
  readonly machines: number;
  /** Name of a mutation. */
  readonly mutation?: string;
}

/** How many threads, if not one for each processor, and when a silent one is given up. */
export interface SeedThreads {
  readonly threads?: number;
  readonly patienceSeconds?: number;
}

/**
 * Runs the schedules of a range, each thread the next one that nobody has; `tell` hears of each, and answers whether to go on. Answers
 * the seed at which it was told not to.
 */
export async function runSeeds(
  { seed: first, end, ...rest }: SeedRange,
  tell: (seed: number, report: Report) => boolean,
  { threads = availableParallelism(), ...options }: SeedThreads = {},
): Promise<number | undefined> {
  let next = first;
  let refused: number | undefined;
  const work = async (thread: SimulationThread): Promise<void> => {
    while (next < end && refused === undefined) {
      const seed = next++;
      const report = await thread.run(jobOf(seed, rest));
      if (refused === undefined && !tell(seed, report)) refused = seed;
    }
  };
  const all = Array.from({ length: Math.min(end - first, threads) }, () => new SimulationThread(options));
  try {
    await Promise.all(all.map(work));
  } finally {
    await Promise.all(all.map((thread) => thread.stop()));
  }
  return refused;
}

function jobOf(seed: number, { seconds, machines, mutation }: Omit<SeedRange, "seed" | "end">): Job {
  return { plan: { seed, seconds, machines }, ...(mutation === undefined ? {} : { mutation }) };
}
