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

test("who is forced to go on alone loses what it cannot know to be committed, and nothing else", async () => {
  const { steps, ...plan } = createPlan({ seed: 1, seconds: 3, machines: 3 });
  const forcedStart = { survivor: 1, how: "kill", cutMs: 1500, lastMs: 1 } as const;
  const { outcome, complaints } = await runPlan({ ...plan, steps: steps.slice(0, 30), forcedStart });
  assert.deepEqual(complaints, []);
  const writes = outcome.history.calls.map(({ step }) => -step).filter((number) => number > 1000);
  assert.ok(writes.length < Math.max(...writes) - 1000, "nothing was lost");
  assert.ok(writes.length > 40, "the survivor serves, and the others with it");
});
