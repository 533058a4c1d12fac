import assert from "node:assert/strict";
import { test } from "node:test";
import { SyncPolicy } from "./sync-policy.ts";

test("quick syncs are done directly, long writes and long runs are not", () => {
  const policy = new SyncPolicy("adaptive");
  for (let nowMs = 0; nowMs < 100; nowMs++) policy.tookDirect(0.05, nowMs);
  assert.equal(policy.choosesDirect(1000, 0), true);
  assert.equal(policy.choosesDirect(10_000_000, 0), false);
  assert.equal(policy.choosesDirect(1000, 4), false);
});

test("a slow disk is left to the thread pool", () => {
  const policy = new SyncPolicy("adaptive");
  for (let nowMs = 0; nowMs < 100; nowMs++) policy.tookDirect(0.6, nowMs);
  assert.equal(policy.choosesDirect(1000, 0), false);
});

test("a stall moves syncs to the pool for twenty times as long", () => {
  const policy = new SyncPolicy("adaptive");
  policy.tookDirect(20, 0);
  assert.equal(policy.choosesDirect(1000, 0), false);
  policy.tookPool(0.1, 399);
  assert.equal(policy.choosesDirect(1000, 0), false);
  policy.tookPool(0.1, 400);
  assert.equal(policy.choosesDirect(1000, 0), true);
});

test("the average of a slow disk does not forbid the next trial", () => {
  const policy = new SyncPolicy("adaptive");
  for (let nowMs = 0; nowMs < 100; nowMs++) policy.tookDirect(1.5, nowMs);
  policy.tookPool(0.5, 1000);
  policy.tookDirect(0.05, 1001);
  assert.equal(policy.choosesDirect(1000, 0), true);
});

test("a pool that is slow itself gives no reason to try", () => {
  const policy = new SyncPolicy("adaptive");
  policy.tookDirect(20, 0);
  policy.tookPool(5, 10_000);
  assert.equal(policy.choosesDirect(1000, 0), false);
});

test("fixed modes never change", () => {
  const direct = new SyncPolicy("direct");
  direct.tookDirect(1000, 0);
  assert.equal(direct.choosesDirect(10_000_000, 99), true);
  const pool = new SyncPolicy("pool");
  pool.tookPool(0.001, 0);
  assert.equal(pool.choosesDirect(1, 0), false);
});
