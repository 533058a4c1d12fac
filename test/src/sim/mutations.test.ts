import assert from "node:assert/strict";
import { test } from "node:test";
import { createPlan } from "./create-plan.ts";
import { mutations } from "./mutations.ts";
import { runPlan } from "./run-plan.ts";

/** Most schedules a mutation may need to be caught. */
const seedsMax = 60;

for (const mutation of mutations) {
  test(`the simulation notices that ${mutation.name}`, async () => {
    let caught: readonly string[] = [];
    for (let seed = 1; seed <= seedsMax && caught.length === 0; seed++) {
      const plan = createPlan({ seed, seconds: 15, machines: mutation.machines });
      caught = (await runPlan(plan, mutation)).complaints;
    }
    assert.notDeepEqual(caught, []);
  });
}
