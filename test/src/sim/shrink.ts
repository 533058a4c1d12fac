/** Makes a failing schedule short: leaves out halves, quarters, … of its steps as long as it still fails. */
import type { Plan, Step } from "./step.ts";

/** Makes a plan shorter; `fails` runs one. At most `runsMax` runs. */
export async function shrink(plan: Plan, fails: (plan: Plan) => Promise<boolean>, runsMax: number): Promise<Plan> {
  let { steps } = plan;
  let runs = 0;
  for (let size = Math.ceil(steps.length / 2); size >= 1 && runs < runsMax; ) {
    let isSmaller = false;
    for (let at = 0; at < steps.length && runs < runsMax; ) {
      const rest = [...steps.slice(0, at), ...steps.slice(at + size)];
      runs++;
      if (await fails({ ...plan, steps: rest })) {
        steps = rest;
        isSmaller = true;
      } else at += size;
    }
    if (size === 1 && !isSmaller) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return { ...plan, steps };
}

/** A step in one line. */
export function describeStep({ number, atMs, machine, what }: Step): string {
  return `  #${number} at ${atMs.toFixed(0)} ms, machine ${machine}: ${JSON.stringify(what)}`;
}
