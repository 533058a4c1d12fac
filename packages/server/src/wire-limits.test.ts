import assert from "node:assert/strict";
import { test } from "node:test";
import { grpcLimitsOf, http1LimitsOf } from "./wire-limits.ts";

const flags = {
  maxRequestBytes: 1_572_864,
  maxConcurrentStreams: 7,
  keepAlive: { minTimeMs: 5000, intervalMs: 60_000, timeoutMs: 3000 },
};

test("the flags become bounds of a gRPC connection, with room for framing", () => {
  assert.deepEqual(grpcLimitsOf(flags), {
    messageSizeMax: 2 * 1024 * 1024,
    streamCountMax: 7,
    pingIntervalMinMs: 5000,
    keepaliveIntervalMs: 60_000,
    keepaliveTimeoutMs: 3000,
  });
});

test("zero leaves the choice to gRPC's defaults, interval and timeout together", () => {
  const { pingIntervalMinMs, keepaliveIntervalMs, keepaliveTimeoutMs } = grpcLimitsOf({
    ...flags,
    keepAlive: { minTimeMs: 0, intervalMs: 0, timeoutMs: 3000 },
  });
  assert.deepEqual([pingIntervalMinMs, keepaliveIntervalMs, keepaliveTimeoutMs], [300_000, 7_200_000, 20_000]);
});

test("the server's pings are a second apart at least", () => {
  const keepAlive = { minTimeMs: 1, intervalMs: 10, timeoutMs: 10 };
  assert.equal(grpcLimitsOf({ ...flags, keepAlive }).keepaliveIntervalMs, 1000);
});

test("an HTTP body may hold the largest request in base64", () => {
  assert.equal(http1LimitsOf(flags).bodyBytesMax, Math.ceil((2 * 1024 * 1024 * 4) / 3));
});
