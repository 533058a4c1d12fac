import assert from "node:assert/strict";
import { test } from "node:test";
import { RecordedMetrics } from "../../testing/index.ts";
import { createGrpcMethodMetrics } from "./grpc-metrics.ts";
import { createClusterVersionGauge, declareVersionMetrics } from "./version-metrics.ts";

const put = { grpc_type: "unary", grpc_service: "etcdserverpb.KV", grpc_method: "Put" };
const options = { service: "etcdserverpb.KV", method: "Put", type: "unary" } as const;

test("every code of a method is there from the start, at zero", () => {
  const metrics = new RecordedMetrics();
  createGrpcMethodMetrics(metrics, { ...options, extensive: false });
  for (const grpc_code of ["OK", "Canceled", "Unknown", "OutOfRange", "Unauthenticated"])
    assert.equal(metrics.value("grpc_server_handled_total", { ...put, grpc_code }), 0, grpc_code);
  assert.equal(metrics.value("grpc_server_handling_seconds", put), undefined);
});

test("calls are counted by outcome; a code gRPC does not know counts as Unknown", () => {
  const metrics = new RecordedMetrics();
  const calls = createGrpcMethodMetrics(metrics, { ...options, extensive: true });
  calls.started.inc();
  calls.received.inc();
  calls.sent.inc();
  calls.handled(0, 0.001);
  calls.handled(11, 0.001);
  calls.handled(99, 0.001);
  for (const name of ["started", "msg_received", "msg_sent"])
    assert.equal(metrics.value(`grpc_server_${name}_total`, put), 1);
  for (const grpc_code of ["OK", "OutOfRange", "Unknown"])
    assert.equal(metrics.value("grpc_server_handled_total", { ...put, grpc_code }), 1);
  assert.equal(metrics.value("grpc_server_handling_seconds", put), 3);
});

test("versions are labels of constant gauges, and a new cluster version replaces the old one", () => {
  const metrics = new RecordedMetrics();
  declareVersionMetrics(metrics, { serverVersion: "3.7.1", runtimeVersion: "v20.19.0", memberId: 0xabcn });
  assert.equal(metrics.value("etcd_server_version", { server_version: "3.7.1" }), 1);
  assert.equal(metrics.value("etcd_server_go_version", { server_go_version: "v20.19.0" }), 1);
  assert.equal(metrics.value("etcd_server_id", { server_id: "abc" }), 1);
  const set = createClusterVersionGauge(metrics);
  set("3.6.0");
  set("3.7.0");
  assert.equal(metrics.value("etcd_cluster_version", { cluster_version: "3.6" }), 0);
  assert.equal(metrics.value("etcd_cluster_version", { cluster_version: "3.7" }), 1);
  set("3.7.0");
  assert.equal(metrics.value("etcd_cluster_version", { cluster_version: "3.7" }), 1);
});
