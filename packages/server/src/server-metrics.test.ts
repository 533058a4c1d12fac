import assert from "node:assert/strict";
import { test } from "node:test";
import { type HandledCall, Metadata } from "@etcd-ts/wire";
import { ServerMetrics, type ServerMetricsOptions } from "./server-metrics.ts";
import { FakeClock, RecordedMetrics } from "./testing/index.ts";

const put = "/etcdserverpb.KV/Put";
const watch = "/etcdserverpb.Watch/Watch";
const putLabels = { grpc_type: "unary", grpc_service: "etcdserverpb.KV", grpc_method: "Put" };

function observer(options: Partial<ServerMetricsOptions> = {}) {
  const metrics = new RecordedMetrics();
  const clock = new FakeClock();
  const slow: [path: string, tookMs: number][] = [];
  const observed = new ServerMetrics(metrics, {
    clock,
    extensive: false,
    slowUnaryMs: 300,
    onSlowUnary: (path, _call, tookMs) => slow.push([path, tookMs]),
    ...options,
  });
  const requests = (type: string, client_api_version: string) =>
    metrics.value("etcd_server_client_requests_total", { type, client_api_version });
  return { metrics, clock, slow, observed, requests };
}

function call(startedMs: number): HandledCall {
  return { startedMs, peer: { address: "", tls: undefined }, message: undefined, answerBytes: 0 };
}

const from = (version: string) => Metadata.of([["client-api-version", version]]);

test("requests count by the client's API version, and as unknown without one", () => {
  const { observed, requests } = observer();
  const new35 = from("3.5");
  observed.onCallStarted(put, new35);
  observed.onCallStarted(put, Metadata.empty);
  observed.onCallStarted(put, new35);
  observed.onCallStarted(watch, new35);
  assert.deepEqual([requests("unary", "3.5"), requests("unary", "unknown"), requests("stream", "3.5")], [2, 1, 1]);
});

test("clients cannot fill the memory with versions", () => {
  const { observed, requests, metrics } = observer();
  observed.onCallStarted(put, from("nonsense"));
  for (let n = 0; n < 1000; n++) observed.onCallStarted(put, from(`3.${n}`));
  assert.equal(
    metrics.value("etcd_server_client_requests_total", { type: "unary", client_api_version: "nonsense" }),
    undefined,
  );
  assert.equal(requests("unary", "3.30"), 1);
  assert.equal(requests("unary", "3.999"), undefined);
  assert.equal(requests("unary", "unknown"), 1001 - 31);
});

test("a unary call that took too long is reported, a stream that stood long is not", () => {
  const { observed, clock, slow } = observer();
  clock.advance(1000);
  observed.onCallHandled(put, 0, call(700));
  observed.onCallHandled(put, 0, call(699));
  observed.onCallHandled(watch, 0, call(0));
  assert.deepEqual(slow, [[put, 301]]);
});

test("the time of calls is observed with extensive metrics only", () => {
  for (const extensive of [true, false]) {
    const { observed, metrics } = observer({ extensive });
    observed.onCallHandled(put, 0, call(0));
    assert.equal(metrics.value("grpc_server_handling_seconds", putLabels), extensive ? 1 : undefined);
    assert.equal(metrics.value("grpc_server_handled_total", { ...putLabels, grpc_code: "OK" }), 1);
  }
});
