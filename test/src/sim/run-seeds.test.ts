import assert from "node:assert/strict";
import { test } from "node:test";
import { endless } from "./mutations.ts";
import { runSeeds } from "./run-seeds.ts";
import type { Report } from "./simulation-thread.ts";

const range = { seed: 1, end: 3, seconds: 2, machines: 1 };

test("a schedule in which an event has no end fails by its seed, and the next one runs", async () => {
  const reports: [number, Report][] = [];
  const tell = (seed: number, report: Report) => reports.push([seed, report]) > 0;
  const options = { threads: 1, patienceSeconds: 2 };
  assert.equal(await runSeeds({ ...range, mutation: endless.name }, tell, options), undefined);
  assert.deepEqual(
    reports.map(([seed, { isStuck }]) => [seed, isStuck]),
    [
      [1, true],
      [2, true],
    ],
  );
  assert.match(reports[0]![1].complaints[0]!, /^at \d+\.\d ms: what happens then had no end within 2 s of real time$/);
});

test("one thread runs many schedules", async () => {
  const reports: Report[] = [];
  const tell = (_: number, report: Report) => reports.push(report) > 0;
  assert.equal(await runSeeds({ ...range, end: 5 }, tell, { threads: 1 }), undefined);
  assert.deepEqual(
    reports.map(({ complaints, calls }) => [complaints, calls > 0]),
    Array(4).fill([[], true]),
  );
});

test("no schedule begins after one that was not to be followed", async () => {
  const seeds: number[] = [];
  const tell = (seed: number) => seeds.push(seed) === 0;
  assert.equal(await runSeeds(range, tell, { threads: 1 }), 1);
  assert.deepEqual(seeds, [1]);
});
