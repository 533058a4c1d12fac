import assert from "node:assert/strict";
import { test } from "node:test";
import type { raftpb } from "@etcd-ts/proto";
import { silentLogger } from "../ports/index.ts";
import { FakeClock, FakeDisk, RecordedMetrics, SeededRandom } from "../testing/index.ts";
import { Wal, type WalBatch, type WalDeps } from "./wal.ts";

const metadata = Uint8Array.of(8, 1, 16, 2);
const dir = "member/wal";

function setUp(options: Partial<ConstructorParameters<typeof FakeDisk>[0]> = {}): WalDeps & { disk: FakeDisk } {
  const disk = new FakeDisk({ random: new SeededRandom(1), ...options });
  return { disk, clock: new FakeClock(), metrics: new RecordedMetrics(), log: silentLogger };
}

function entry(index: number, term = 1, data = `value ${index}`): raftpb.Entry {
  return { type: 0, term, index, data: new TextEncoder().encode(data) };
}

function append(wal: Wal, batch: Partial<WalBatch>): Promise<void> {
  return new Promise((resolve, reject) => {
    wal.append({ entries: [], mustSync: true, ...batch }, (error) => (error === undefined ? resolve() : reject(error)));
  });
}

test("what was appended is read back", async () => {
  const deps = setUp();
  const wal = await Wal.create(deps, { dir, metadata });
  await append(wal, { hardState: { term: 1, vote: 7n, commit: 0 }, entries: [entry(1), entry(2)] });
  await append(wal, { hardState: { term: 1, vote: 7n, commit: 2 }, entries: [entry(3)] });
  await wal.close();
  const opened = await Wal.open(deps, { dir });
  assert.deepEqual(opened.metadata, metadata);
  assert.deepEqual(opened.hardState, { term: 1, vote: 7n, commit: 2 });
  assert.deepEqual(opened.entries, [entry(1), entry(2), entry(3)]);
});
