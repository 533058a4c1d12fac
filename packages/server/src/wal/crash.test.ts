import assert from "node:assert/strict";
import { test } from "node:test";
import type { DiskOperation } from "../testing/index.ts";
import { liveHistory } from "./testing/crash-history.ts";

const SEEDS = 600;
const CUTS = 6;

test(`${SEEDS * CUTS} power cuts lose nothing acknowledged and leave nothing half`, async () => {
  for (let seed = 0; seed < SEEDS; seed++) await liveHistory({ seed, cuts: CUTS });
});

/** How many of some histories fail when operations of one kind do nothing and report success. */
async function violations(kind: DiskOperation["kind"]): Promise<number> {
  let count = 0;
  for (let seed = 0; seed < 40; seed++) {
    let operations = 0;
    const fault = (operation: DiskOperation) =>
      operation.kind === kind && ++operations % 3 === 0 ? ("skip" as const) : undefined;
    await liveHistory({ seed, cuts: CUTS, fault }).catch(() => count++);
  }
  return count;
}

for (const kind of ["datasync", "syncdir"] as const) {
  test(`a skipped ${kind} is found out`, async () => {
    assert.ok((await violations(kind)) > 5);
  });
}
