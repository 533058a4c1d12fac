// Ten thousand random schedules keep Raft's promises, and the checker is able to see them broken.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Mutation, Simulation } from "./index.ts";

const actions = 300;
const schedulesPerTest = 1000;

/** Runs one schedule; an error names the seed, which is all it takes to see it again. */
function runSeed(seed: number): ReturnType<Simulation["run"]> {
  const simulation = new Simulation({ seed });
  try {
    const result = simulation.run(actions);
    // Recovery takes longer than the schedule itself, so a sample has to do.
    if (seed % 10 === 0) assert.ok(simulation.recovers(100), "the group does not recover when all faults end");
    return result;
  } catch (error) {
    throw new Error(`seed ${seed}`, { cause: error });
  }
}

for (let first = 1; first < 10_000; first += schedulesPerTest) {
  const last = first + schedulesPerTest - 1;
  test(`schedules ${first} to ${last} keep every promise, and things do happen in them`, () => {
    const sum = { applied: 0, leaders: 0, reads: 0, memberships: 0, crashes: 0 };
    for (let seed = first; seed <= last; seed++) {
      const result = runSeed(seed);
      for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += result[key];
    }
    assert.ok(sum.applied > 4 * schedulesPerTest, `${sum.applied} entries applied`);
    assert.ok(sum.leaders > schedulesPerTest, `${sum.leaders} leaders elected`);
    assert.ok(sum.memberships > schedulesPerTest, `${sum.memberships} membership changes`);
    assert.ok(sum.crashes > schedulesPerTest, `${sum.crashes} crashes`);
    assert.ok(sum.reads > schedulesPerTest / 4, `${sum.reads} reads answered`);
  });
}

/** Runs schedules with a broken promise until something notices; returns what it said. */
function firstAlarm(mutation: Mutation): string {
  for (let seed = 1; seed <= 3000; seed++) {
    try {
      new Simulation({ seed, mutation, restless: true }).run(actions);
    } catch (error) {
      return String(error);
    }
  }
  return "nothing";
}

test("a vote that is not persisted elects two leaders, and that is noticed", () => {
  assert.match(firstAlarm("forget-vote"), /election safety/);
});

test("a term that is not persisted elects two leaders, and that is noticed", () => {
  assert.match(firstAlarm("forget-term"), /election safety|log matching/);
});

test("entries that are acknowledged and not persisted are missed", () => {
  assert.match(firstAlarm("forget-entries"), /entries were lost|leader completeness|state machine safety/);
});

test("the same seed gives the same schedule", () => {
  const run = () => new Simulation({ seed: 42 }).run(actions);
  assert.deepEqual(run(), run());
});
