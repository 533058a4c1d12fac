import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LatencyHistogram } from "./latency-histogram.ts";

test("percentileMs() is within 1 % above the exact percentile", () => {
  const samples = fc.array(fc.double({ min: 0.002, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(samples, fc.double({ min: 0.01, max: 1, noNaN: true }), (latencies, share) => {
      const histogram = new LatencyHistogram();
      for (const latency of latencies) histogram.record(latency);
      const sorted = [...latencies].sort((left, right) => left - right);
      const exact = sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
      const told = histogram.percentileMs(share);
      assert.ok(told >= exact * 0.9999 && told <= exact * 1.0101, `${told} for ${exact}`);
    }),
  );
});

test("percentileMs() of nothing is 0, and clear() forgets", () => {
  const histogram = new LatencyHistogram();
  assert.equal(histogram.percentileMs(0.5), 0);
  histogram.record(5);
  histogram.clear();
  assert.equal(histogram.percentileMs(0.5), 0);
  assert.equal(histogram.count, 0);
});

test("record() keeps extremes within the first and last bucket", () => {
  const histogram = new LatencyHistogram();
  histogram.record(0);
  histogram.record(1e12);
  assert.equal(histogram.percentileMs(0.5), 0.001);
  assert.ok(histogram.percentileMs(1) > 100_000);
});
