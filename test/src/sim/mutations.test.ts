import assert from "node:assert/strict";
import { after, test } from "node:test";
import { mutations } from "./mutations.ts";
import { SimulationThread } from "./simulation-thread.ts";

/** Most schedules a mutation may need to be caught. */
const seedsMax = 60;

const thread = new SimulationThread();
after(() => thread.stop());

for (const { name, machines } of mutations) {
  test(`the simulation notices that ${name}`, async () => {
    let caught: readonly string[] = [];
    for (let seed = 1; seed <= seedsMax && caught.length === 0; seed++) {
      const report = await thread.run({ plan: { seed, seconds: 15, machines }, mutation: name });
      assert.ok(!report.isStuck, `seed ${seed}: ${report.complaints}`);
      caught = report.complaints;
    }
    assert.notDeepEqual(caught, []);
  });
}
