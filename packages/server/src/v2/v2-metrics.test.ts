import assert from "node:assert/strict";
import { test } from "node:test";
import { Request } from "@etcd-ts/proto";
import { MemoryBackend, RecordedMetrics } from "../testing/index.ts";
import { declareV2Metrics } from "./v2-metrics.ts";
import { V2Store } from "./v2-store.ts";

test("operations of the v2 key space are counted under etcd's names and actions", () => {
  const metrics = new RecordedMetrics();
  const store = V2Store.open({ backend: new MemoryBackend() });
  declareV2Metrics(metrics, store);
  const apply = (fields: Partial<Request>) => store.apply(Request.create({ path: "/1/a", val: "x", ...fields }));
  apply({ method: "PUT" });
  apply({ method: "PUT", prevValue: "y" });
  apply({ method: "POST" });
  apply({ method: "DELETE" });
  apply({ method: "DELETE", path: "/1/none" });
  apply({ method: "PUT", path: "/1/ttl", expiration: 2_000_000_000_000_000_000n });
  apply({ method: "SYNC", time: 2_000_000_000_000_000_000n });
  for (const recursive of [true, true, false]) store.read({ path: "/1", recursive, sorted: false, nowMs: 0 });
  store.read({ path: "/1/none", recursive: true, sorted: false, nowMs: 0 });
  store.watch({ path: "/1/a", recursive: false, stream: false, sinceIndex: 0, rules: "3.4" });
  const value = (name: string, action?: string) =>
    metrics.value(`etcd_debugging_store_${name}`, action === undefined ? {} : { action });
  assert.deepEqual(
    ["set", "compareAndSwap", "create", "delete"].map((action) => value("writes_total", action)),
    [2, 1, 1, 2],
  );
  assert.deepEqual(
    ["set", "compareAndSwap", "create", "delete"].map((action) => value("writes_failed_total", action)),
    [0, 1, 1, 1],
  );
  assert.deepEqual([value("reads_total", "get"), value("reads_total", "getRecursive")], [1, 3]);
  assert.deepEqual([value("reads_failed_total", "get"), value("reads_failed_total", "getRecursive")], [0, 1]);
  assert.deepEqual([value("expires_total"), value("watch_requests_total"), value("watchers")], [1, 1, 1]);
});
