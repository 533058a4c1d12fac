/** Runs schedules and judges them; a failing one is made shorter. Same seed, same history, to the byte. */
import { createHash } from "node:crypto";
import { show } from "./model/answers.ts";
import { checkHistory } from "./model/check-history.ts";
import { type Outcome, type SimulationParts, simulate } from "./simulate.ts";
import type { Plan } from "./step.ts";
import { checkV2 } from "./v2-check.ts";

/** A schedule that was run and judged. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly complaints: readonly string[];
}

/** Runs and judges a schedule. */
export async function runPlan(plan: Plan, parts: SimulationParts = {}): Promise<Verdict> {
  const outcome = await simulate(plan, parts);
  parts.pulse?.beat(plan.durationMs);
  return { outcome, complaints: [...checkHistory(outcome), ...checkV2(outcome.v2)] };
}

/** The hash of everything that clients saw. */
export function hashOf({ history, v2 }: Outcome): string {
  return createHash("sha256")
    .update(show([history, v2]))
    .digest("hex")
    .slice(0, 16);
}
