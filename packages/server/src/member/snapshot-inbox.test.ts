import assert from "node:assert/strict";
import { test } from "node:test";
import { noBytes, type Snapshot } from "@etcd-ts/raft";
import { buckets, silentLogger } from "../ports/index.ts";
import { FakeClock, FakeDisk, MemoryBackend, RecordedMetrics, SeededRandom } from "../testing/index.ts";
import { SnapshotInbox } from "./snapshot-inbox.ts";
import { encodeContent } from "./store-content.ts";

const dir = "/data/member/snap";
const name = Uint8Array.of(1);

function snapshotAt(index: number): Snapshot {
  const confState = { voters: [1n], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };
  return { data: noBytes, metadata: { index, term: 2, confState } };
}

/** A store whose content tells which snapshot it is of. */
async function contentOf(index: number): Promise<AsyncIterable<Uint8Array>> {
  const backend = new MemoryBackend();
  backend.put(buckets.key, name, Uint8Array.of(index));
  await backend.commit();
  return encodeContent(backend.view());
}

async function emptyInbox() {
  const disk = new FakeDisk({ random: new SeededRandom(1) });
  await disk.mkdir(dir);
  const parts = { disk, log: silentLogger, clock: new FakeClock(), metrics: new RecordedMetrics(), dir };
  return { disk, inbox: new SnapshotInbox(parts), backend: new MemoryBackend() };
}

test("a snapshot that arrives while an older one is installed can be installed after it", async () => {
  const { disk, inbox, backend } = await emptyInbox();
  await inbox.receive(snapshotAt(5), await contentOf(5));
  const newer = await contentOf(9);
  await Promise.all([inbox.install(snapshotAt(5), backend), inbox.receive(snapshotAt(9), newer)]);
  assert.equal(backend.get(buckets.key, name)?.[0], 5);
  await inbox.install(snapshotAt(9), backend);
  assert.equal(backend.get(buckets.key, name)?.[0], 9);
  assert.deepEqual(await disk.readdir(dir), []);
});

test("an installation removes older snapshots that were received and never taken", async () => {
  const { disk, inbox, backend } = await emptyInbox();
  await inbox.receive(snapshotAt(4), await contentOf(4));
  await inbox.receive(snapshotAt(5), await contentOf(5));
  await inbox.install(snapshotAt(5), backend);
  assert.deepEqual(await disk.readdir(dir), []);
});
