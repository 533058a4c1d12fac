import assert from "node:assert/strict";
import { test } from "node:test";
import { limits, type Measured, summaryOf, tooLong } from "./outages.ts";

const failover = (outageMs: number, more: Partial<Measured> = {}): Measured => {
  return { fault: "SIGKILL", outageMs, stalledMs: 0, splits: 0, limitMs: limits.failoverMs, ...more };
};

test("failovers within two election timeouts are right", () => {
  assert.deepEqual(tooLong([failover(1_200), failover(2_000)]), []);
  assert.deepEqual(tooLong([]), []);
});

test("one failover may be held up by a quarter of the limit, two may not, however votes were split", () => {
  const others = [failover(1_200), failover(1_200)];
  assert.deepEqual(tooLong([failover(2_500), ...others]), []);
  assert.equal(tooLong([failover(2_501), ...others]).length, 1);
  assert.match(
    tooLong([failover(2_001, { splits: 1 }), failover(2_001), ...others]).join(),
    /SIGKILL: writes were away for 2001 ms, 1 terms without a leader, at most 2000 ms are right,SIGKILL/,
  );
});

test("time in which nobody was there to measure does not count", () => {
  assert.deepEqual(tooLong([failover(3_000, { stalledMs: 1_500 })]), []);
});

test("summaryOf() gives median and maximum of each fault", () => {
  const lines = summaryOf([failover(1_000), failover(3_000), failover(2_000)]);
  assert.deepEqual(lines, ["SIGKILL: 3 times, writes away for 2000 ms in the median, 3000 ms at most"]);
});
