import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PromMetrics } from "./prom-metrics.ts";

const help = "h";

test("counters, gauges and read values come out in Prometheus' text form", async () => {
  const metrics = new PromMetrics({ process: false });
  metrics.counter({ name: "a_total", help: "Things." }).inc();
  metrics.counter({ name: "a_total", help: "Things." }).inc(2);
  const gauge = metrics.gauge({ name: "b", help, labels: { type: "x" } });
  gauge.set(5);
  gauge.dec();
  gauge.inc(0.5);
  let size = 1;
  metrics.gaugeOf({ name: "c", help }, () => size);
  metrics.counterOf({ name: "d_total", help }, () => 7);
  size = 9;
  assert.equal(
    await metrics.text(),
    [
      "# HELP a_total Things.\n# TYPE a_total counter\na_total 3",
      '# HELP b h\n# TYPE b gauge\nb{type="x"} 4.5',
      "# HELP c h\n# TYPE c gauge\nc 9",
      "# HELP d_total h\n# TYPE d_total counter\nd_total 7\n",
    ].join("\n\n"),
  );
  assert.equal(metrics.contentType, "text/plain; version=0.0.4; charset=utf-8");
});

test("a histogram counts cumulatively up to +Inf, with sum and count", async () => {
  const metrics = new PromMetrics({ process: false });
  const histogram = metrics.histogram({ name: "t_seconds", help, labels: { op: "put" }, buckets: [0.1, 1] });
  for (const seconds of [0.05, 0.1, 0.5, 2]) histogram.observe(seconds);
  const lines = (await metrics.text()).trim().split("\n").slice(2);
  assert.deepEqual(lines, [
    't_seconds_bucket{op="put",le="0.1"} 2',
    't_seconds_bucket{op="put",le="1"} 3',
    't_seconds_bucket{op="put",le="+Inf"} 4',
    't_seconds_sum{op="put"} 2.65',
    't_seconds_count{op="put"} 4',
  ]);
});

test("the same name and labels are the same series, in whatever order the labels stand", () => {
  const metrics = new PromMetrics({ process: false });
  const first = metrics.counter({ name: "n", help, labels: { a: "1", b: "2" } });
  assert.equal(metrics.counter({ name: "n", help, labels: { b: "2", a: "1" } }), first);
  assert.notEqual(metrics.counter({ name: "n", help, labels: { b: "2", a: "3" } }), first);
  const histogram = metrics.histogram({ name: "h", help, buckets: [1] });
  assert.equal(metrics.histogram({ name: "h", help, buckets: [1] }), histogram);
});

test("one name with two types, or read from two places, is a bug", () => {
  const metrics = new PromMetrics({ process: false });
  metrics.counter({ name: "n", help });
  assert.throws(() => metrics.gauge({ name: "n", help }), /n is a counter, not a gauge/);
  metrics.gaugeOf({ name: "r", help }, () => 1);
  assert.throws(() => metrics.gaugeOf({ name: "r", help }, () => 1), /r is read twice/);
});

test("histogram buckets agree with counting one by one", async () => {
  const values = fc.array(fc.double({ min: -1, max: 20, noNaN: true }), { maxLength: 50 });
  const bounds = fc.uniqueArray(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(values, bounds, async (observed, buckets) => {
      const metrics = new PromMetrics({ process: false });
      const histogram = metrics.histogram({ name: "h", help, buckets });
      for (const value of observed) histogram.observe(value);
      const text = await metrics.text();
      for (const bound of buckets) {
        const expected = observed.filter((value) => value <= bound).length;
        assert.ok(text.includes(`h_bucket{le="${bound}"} ${expected}\n`));
      }
      assert.ok(text.includes(`h_count ${observed.length}\n`));
    }),
  );
});

test("the process describes itself", async () => {
  const text = await new PromMetrics({ process: true }).text();
  for (const name of [
    "process_start_time_seconds",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
    "nodejs_heap_size_used_bytes",
    "os_fd_used",
    "os_fd_limit",
  ])
    assert.match(text, new RegExp(`^${name} \\d`, "m"));
});

test("a family that has an older name is exported under both, with the same figures", async () => {
  const metrics = new PromMetrics({ process: false, olderNames: { new_total: "old_total", never: "used" } });
  metrics.counter({ name: "new_total", help, labels: { a: "1" } }).inc(2);
  const series = ['new_total{a="1"} 2', 'old_total{a="1"} 2'];
  const lines = (await metrics.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  assert.deepEqual(lines, series);
});
