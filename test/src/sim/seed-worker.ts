/** A thread that runs every n-th schedule of a row, and tells what each came to. */
import { parentPort, workerData } from "node:worker_threads";
import type { SeedRow, SeedSummary } from "./run-seeds.ts";
import { summaryOf } from "./run-seeds.ts";

// Whoever repeats a schedule that failed sees where; here the thousands of expected errors are to be cheap.
Error.stackTraceLimit = 0;
const { seed, end, stride, seconds, machines } = workerData as SeedRow;
for (let each = seed; each < end; each += stride) {
  const summary: SeedSummary = await summaryOf({ seed: each, seconds, machines });
  parentPort!.postMessage(summary);
}
