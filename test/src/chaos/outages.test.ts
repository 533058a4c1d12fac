import assert from "node:assert/strict";
import { test } from "node:test";
import { limits, type Measured, summaryOf, tooLong } from "./outages.ts";

const failover = (outageMs: number, more: Partial<Measured> = {}): Measured => {
  return { fault: "SIGKILL", outageMs, stalledMs: 0, splits: 0, limitMs: limits.failoverMs, ...more };
};

test("failovers within two election timeouts are right", () => {
  assert.deepEqual(tooLong([failover(1_200), failover(1_990)]), []);
  assert.deepEqual(tooLong([]), []);
});

test("one slow failover is forgiven, a slow median is not", () => {
  assert.deepEqual(tooLong([failover(1_200), failover(2_500), failover(1_300)]), []);
  assert.match(tooLong([failover(2_200), failover(2_500), failover(1_300)]).join(), /2200 ms in the median/);
});

test("an outage far beyond its bound is wrong, unless votes were split or nobody was there to measure", () => {
  const others = [failover(1_200), failover(1_200)];
  assert.match(tooLong([failover(4_000), ...others]).join(), /SIGKILL: writes were away for 4000 ms, at most 3000/);
  assert.deepEqual(tooLong([failover(4_000, { splits: 1 }), ...others]), []);
  assert.deepEqual(tooLong([failover(4_000, { stalledMs: 1_500 }), ...others]), []);
});

test("summaryOf() gives median and maximum of each fault", () => {
  const lines = summaryOf([failover(1_000), failover(3_000), failover(2_000)]);
  assert.deepEqual(lines, ["SIGKILL: 3 times, writes away for 2000 ms in the median, 3000 ms at most"]);
});
