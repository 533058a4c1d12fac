import assert from "node:assert/strict";
import { test } from "node:test";
import { median, rowOf, tableLine } from "./report.ts";

const round = (throughput: number, generatorBusy = 0.5) => ({ figures: { throughput, p50Ms: 1 }, generatorBusy });

test("median() takes the middle, and nothing of nothing", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([]), undefined);
});

test("rowOf() takes medians of the rounds and divides ours by etcd's", () => {
  const row = rowOf("put-1", { ours: [round(10), round(30), round(20)], etcd: [round(10), round(5), round(90)] });
  assert.equal(row.ours.throughput, 20);
  assert.equal(row.etcd.throughput, 10);
  assert.equal(row.ratio.throughput, 2);
  assert.equal(row.ratio.rssMb, undefined);
});

test("rowOf() says whose figure the generator limited", () => {
  const row = rowOf("put-1", { ours: [round(10, 0.99)], etcd: [round(10, 0.4)] });
  assert.deepEqual(row.generatorBound, ["ours"]);
});

test("tableLine() shows a missing server as dashes", () => {
  const row = rowOf("put-1", { ours: [], etcd: [round(1234.5)] });
  assert.equal(tableLine(row), "| put-1 | – / 1,235 | – / 1.00 | – / – | – / – | – / – |");
});
