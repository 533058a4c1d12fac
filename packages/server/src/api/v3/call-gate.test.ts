import assert from "node:assert/strict";
import { test } from "node:test";
import { RangeRequest, services } from "@etcd-ts/proto";
import { Metadata, type StreamCall, type UnaryCall } from "@etcd-ts/wire";
import { CallGate } from "./call-gate.ts";

const { KV, Watch, Maintenance, Cluster } = services;
const noBytes: Uint8Array = new Uint8Array(0);
const required = Metadata.of([["hasleader", "true"]]);

function fixture() {
  const unary = new Map<string, (call: UnaryCall) => void>();
  const streams = new Map<string, (call: StreamCall) => void>();
  const missing: (() => void)[] = [];
  const onMissing = (run: () => void) => {
    missing.push(run);
    return () => {};
  };
  const member = { isLearner: false, leaderId: 1n, cluster: { leaders: { onMissing } } };
  const gate = new CallGate(
    { unary: (path, handler) => void unary.set(path, handler), stream: (path, run) => void streams.set(path, run) },
    member,
  );
  /** What a unary call comes to. */
  const ask = (path: string, { metadata = Metadata.empty, message = noBytes } = {}) => {
    const seen: string[] = [];
    gate.unary(path, () => void seen.push("handled"));
    const fail = (status: { message: string }) => void seen.push(status.message);
    unary.get(path)!({ path, metadata, message, fail } as unknown as UnaryCall);
    return seen.join();
  };
  /** An opened stream: what was seen of it, and how its caller cancels it. */
  const open = (path: string, metadata = Metadata.empty) => {
    const seen: string[] = [];
    const opened = { seen, cancel: () => {}, end: () => {} };
    gate.stream(path, (call) => {
      seen.push("handled");
      call.onCancel(() => void seen.push("cancelled"));
      opened.end = () => call.end();
    });
    const call = {
      path,
      metadata,
      onCancel: (run: () => void) => {
        opened.cancel = run;
      },
      end: (status?: { message: string }) => void seen.push(status?.message ?? "ended"),
    };
    streams.get(path)!(call as unknown as StreamCall);
    return opened;
  };
  return { member, gate, ask, open, missing };
}

const rangeOf = (serializable: boolean) =>
  RangeRequest.encode(RangeRequest.create({ key: Uint8Array.of(1), serializable }));

test("a learner answers serializable ranges, Status and Snapshot, and refuses everything else", () => {
  const { member, ask, open } = fixture();
  member.isLearner = true;
  const refused = "etcdserver: rpc not supported for learner";
  assert.equal(ask(KV.Range.path, { message: rangeOf(true) }), "handled");
  assert.equal(ask(Maintenance.Status.path), "handled");
  assert.deepEqual(open(Maintenance.Snapshot.path).seen, ["handled"]);
  assert.equal(ask(KV.Range.path, { message: rangeOf(false) }), refused);
  for (const { path } of [KV.Put, KV.Txn, Cluster.MemberList, Maintenance.Defragment, Maintenance.HashKV])
    assert.equal(ask(path), refused, path);
  assert.deepEqual(open(Watch.Watch.path).seen, [refused]);
});

test("a call that needs a leader is refused while there is none, others are not", () => {
  const { member, ask, open } = fixture();
  member.leaderId = 0n;
  assert.equal(ask(KV.Range.path, { metadata: required }), "etcdserver: no leader");
  assert.equal(ask(Maintenance.Status.path, { metadata: required }), "etcdserver: no leader");
  assert.equal(ask(KV.Range.path, { metadata: Metadata.of([["hasleader", "yes"]]) }), "handled");
  assert.equal(ask(KV.Range.path), "handled");
  assert.deepEqual(open(Watch.Watch.path, required).seen, ["etcdserver: no leader"]);
  assert.deepEqual(open(Watch.Watch.path).seen, ["handled"]);
});

test("streams that need a leader end when it is missing, the others go on", () => {
  const { open, missing, gate } = fixture();
  const needing = open(Watch.Watch.path, required);
  const patient = open(Watch.Watch.path);
  for (const run of missing) run();
  assert.deepEqual(needing.seen, ["handled", "etcdserver: no leader", "cancelled"]);
  assert.deepEqual(patient.seen, ["handled"]);
  assert.equal(gate.trackedCount, 0);
});

test("a stream that is over is forgotten, whoever ended it", () => {
  const { open, missing, gate } = fixture();
  const cancelled = open(Watch.Watch.path, required);
  const ended = open(Watch.Watch.path, required);
  assert.equal(gate.trackedCount, 2);
  cancelled.cancel();
  ended.end();
  assert.equal(gate.trackedCount, 0);
  for (const run of missing) run();
  assert.deepEqual(cancelled.seen, ["handled", "cancelled"]);
  assert.deepEqual(ended.seen, ["handled", "ended"]);
});
