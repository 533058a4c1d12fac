import assert from "node:assert/strict";
import { test } from "node:test";
import type { PinoLogger, PromMetrics } from "./adapters/index.ts";
import type { Member } from "./member/index.ts";
import { opsOptionsOf } from "./ops-options.ts";
import { RecordedMetrics } from "./testing/index.ts";

function fixture() {
  const values = new Map<string, number>();
  const gauge = ({ labels }: { labels: Record<string, string> }) => ({
    set: (value: number) => void values.set(labels["cluster_version"] ?? "", value),
  });
  const metrics = Object.assign(new RecordedMetrics(), { gauge, contentType: "", text: () => Promise.resolve("") });
  const member = { membership: { clusterVersion: undefined as string | undefined } };
  const of = opsOptionsOf(
    { metrics: metrics as unknown as PromMetrics, log: {} as PinoLogger },
    member as unknown as Member,
  );
  return { of, member, values };
}

test("every listener tells the version of its own dialect", () => {
  const { of, member } = fixture();
  member.membership.clusterVersion = "3.7.0";
  const told = (["2.3", "3.4", "3.7"] as const).map((dialect) => [
    of(dialect).serverVersion,
    of(dialect).member.clusterVersion(),
    of(dialect).compat,
  ]);
  assert.deepEqual(told, [
    ["2.3.8", "2.3.0", "3.4"],
    ["3.4.23", "3.7.0", "3.4"],
    ["3.7.1", "3.7.0", "3.7"],
  ]);
});

test("the metric of the cluster's version follows the cluster, and is not there before a decision", async () => {
  const { of, member, values } = fixture();
  const { metricsText } = of("3.7");
  await metricsText.text();
  assert.deepEqual([...values], []);
  for (const version of ["3.0.0", "3.7.0", "3.7.0"]) {
    member.membership.clusterVersion = version;
    await metricsText.text();
  }
  assert.deepEqual(Object.fromEntries(values), { "3.0": 0, "3.7": 1 });
});
