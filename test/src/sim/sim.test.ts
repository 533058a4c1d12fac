import assert from "node:assert/strict";
import { test } from "node:test";
import { createPlan } from "./create-plan.ts";
import { hashOf, runPlan } from "./run-plan.ts";

test("one seed gives one history, to the byte", async () => {
  const options = { seed: 7, seconds: 10 };
  const first = await runPlan(createPlan(options));
  const second = await runPlan(createPlan(options));
  assert.ok(first.outcome.history.calls.length > 50);
  assert.equal(hashOf(first.outcome), hashOf(second.outcome));
});

test("clusters of one to seven keep their promises through crashes, power cuts, partitions, full and slow disks", async () => {
  for (let seed = 1; seed <= 15; seed++) {
    const { complaints } = await runPlan(createPlan({ seed, seconds: 20 }));
    assert.deepEqual(complaints, [], `npm run sim -- --seed ${seed} --seconds 20`);
  }
});
