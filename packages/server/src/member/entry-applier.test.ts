import assert from "node:assert/strict";
import { test } from "node:test";
import { etcdError } from "@etcd-ts/proto";
import {
  ConfChangeType,
  type ConfChangeV2,
  type Entry,
  EntryType,
  emptyConfState,
  encodeConfChange,
  noBytes,
  type RawNode,
} from "@etcd-ts/raft";
import type { Machine } from "../machine/index.ts";
import type { MvccStore } from "../mvcc/index.ts";
import { silentLogger } from "../ports/index.ts";
import { FakeClock, MemoryBackend, RecordedMetrics } from "../testing/index.ts";
import { EntryApplier } from "./entry-applier.ts";

/** An applier over `backend` whose store holds everything up to `held`; the core's node ids are written down. */
function applier(backend: MemoryBackend, { held, refuses }: { held: number; refuses: readonly bigint[] }) {
  const nodes: bigint[] = [];
  const applyConfChange = ({ changes }: ConfChangeV2) => {
    nodes.push(...changes.map(({ nodeId }) => nodeId));
    return { ...emptyConfState(), voters: [1n, 2n] };
  };
  const applyChange: Machine["applyChange"] = ({ raft }) => {
    const isRefused = refuses.includes(raft.changes[0]!.nodeId);
    return { error: isRefused ? etcdError("memberNotFound") : undefined, response: [] };
  };
  const store = { appliedIndex: held, setApplied: () => {} };
  const parts = {
    machine: { applyChange, stage: () => {} } as unknown as Machine,
    store: store as unknown as MvccStore,
    clock: new FakeClock(),
    log: silentLogger,
    warningApplyMs: 100,
    slowApplies: new RecordedMetrics().counter({ name: "slow", help: "" }),
    node: () => ({ applyConfChange }) as unknown as RawNode,
    backend,
    requestOf: () => undefined,
    settle: () => {},
  };
  return { applier: new EntryApplier(parts), nodes };
}

function removal(index: number, nodeId: bigint): Entry {
  const data = encodeConfChange({ id: 0n, type: ConfChangeType.removeNode, nodeId, context: noBytes });
  return { index, term: 1, type: EntryType.confChange, data };
}

test("a refused change does not reach the core, nor when the log is replayed over a store that is ahead of it", () => {
  const backend = new MemoryBackend();
  const entries = [removal(1, 7n), removal(2, 8n), removal(3, 9n)];
  const first = applier(backend, { held: 0, refuses: [7n, 9n] });
  first.applier.apply(entries);
  assert.deepEqual(first.nodes, [0n, 8n, 0n]);
  const replay = applier(backend, { held: 3, refuses: [] });
  replay.applier.apply(entries);
  assert.deepEqual(replay.nodes, [0n, 8n, 0n]);
});
