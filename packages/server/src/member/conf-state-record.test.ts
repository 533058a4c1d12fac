import assert from "node:assert/strict";
import { test } from "node:test";
import { buckets } from "../ports/index.ts";
import { MemoryBackend } from "../testing/index.ts";
import { readConfState, writeConfState } from "./conf-state-record.ts";

test("a membership is kept as etcd's JSON, ids beyond 2^53 included", () => {
  const backend = new MemoryBackend();
  assert.equal(readConfState(backend), undefined);
  const confState = {
    voters: [1n, 0xffff_ffff_ffff_fff0n],
    learners: [3n],
    votersOutgoing: [],
    learnersNext: [],
    autoLeave: false,
  };
  writeConfState(backend, confState);
  const stored = backend.get(buckets.meta, new TextEncoder().encode("confState"));
  assert.equal(
    new TextDecoder().decode(stored),
    '{"voters":[1,18446744073709551600],"learners":[3],"auto_leave":false}',
  );
  assert.deepEqual(readConfState(backend), confState);
});
