import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { etcdserverpb, raftpb, walpb } from "@etcd-ts/proto";
import { recordTypes } from "./frame.ts";
import { RecordEncoder } from "./record-encoder.ts";
import { RecordReader } from "./record-reader.ts";
import { SnapshotFiles } from "./snapshot-files.ts";
import { appended, entryOf, openWal, type WalFakes, walDir, walFakes } from "./testing/wal-fixture.ts";
import { Wal } from "./wal.ts";

/** Written by etcd 3.4.23: one member, killed and restarted once, a snapshot at index 22; preallocated zeros cut off. */
const recorded = new URL("../../src/wal/testdata/etcd-3.4.23/", import.meta.url);
const segment = "0000000000000000-0000000000000000.wal";
const snapDir = "member/snap";

function recordedFakes(): WalFakes {
  const fakes = walFakes();
  fakes.disk.place(`${walDir}/${segment}`, readFileSync(new URL(`wal/${segment}`, recorded)));
  for (const name of readdirSync(new URL("snap/", recorded))) {
    fakes.disk.place(`${snapDir}/${name}`, readFileSync(new URL(`snap/${name}`, recorded)));
  }
  return fakes;
}

test("a log of etcd 3.4 is read from its beginning", async () => {
  const { metadata, hardState, entries } = await openWal(recordedFakes());
  const { nodeId, clusterId } = etcdserverpb.Metadata.decode(metadata);
  assert.deepEqual(hardState, { term: 3, vote: nodeId, commit: 37 });
  assert.deepEqual(
    entries.map(({ index }) => index),
    Array.from({ length: 37 }, (_, i) => i + 1),
  );
  assert.ok(clusterId > 0n);
  const first = raftpb.ConfChange.decode(entries[0]!.data);
  assert.equal(entries[0]!.type, raftpb.EntryType.EntryConfChange);
  assert.equal(first.nodeId, nodeId);
});

test("a log of etcd 3.4 tells its snapshots, and is read from the newest one on", async () => {
  const fakes = recordedFakes();
  const known = await Wal.validSnapshots(fakes, { dir: walDir });
  assert.deepEqual(
    known.map(({ index, term }) => ({ index, term })),
    [
      { index: 0, term: 0 },
      { index: 22, term: 3 },
    ],
  );
  const snapshot = await new SnapshotFiles(fakes, { dir: snapDir }).loadNewest(known);
  assert.equal(snapshot?.metadata.index, 22);
  assert.equal(snapshot.metadata.confState.voters.length, 1);
  const { entries } = await openWal(fakes, { snapshot: snapshot.metadata });
  assert.deepEqual([entries[0]?.index, entries.length], [23, 15]);
});

test("encoding what was read of a log of etcd 3.4 gives its bytes again", async () => {
  const fakes = recordedFakes();
  const encoder = new RecordEncoder(0);
  encoder.chainedCrc();
  const reader = new RecordReader((type, data) => {
    if (type === recordTypes.metadata) encoder.metadata(data);
    if (type === recordTypes.entry) encoder.entry(raftpb.Entry.decode(data));
    if (type === recordTypes.state) encoder.hardState(raftpb.HardState.decode(data));
    if (type === recordTypes.snapshot) encoder.snapshot(walpb.Snapshot.decode(data));
  });
  const file = await fakes.disk.open(`${walDir}/${segment}`, "read");
  await reader.readSegment(file, { isLast: true });
  const original = readFileSync(new URL(`wal/${segment}`, recorded));
  assert.ok(original.equals(encoder.bytes()));
  assert.equal(reader.crc, encoder.crc);
});

test("writing on behind a log of etcd 3.4 leaves its bytes as they were", async () => {
  const fakes = recordedFakes();
  const original = readFileSync(new URL(`wal/${segment}`, recorded));
  const { wal } = await openWal(fakes, { segmentSizeBytes: 16_384 });
  await appended(wal, { entries: [entryOf(38, 3)] });
  await wal.close();
  const now = fakes.disk.contents(`${walDir}/${segment}`);
  assert.ok(original.equals(now.subarray(0, original.byteLength)));
  assert.deepEqual((await openWal(fakes)).entries.at(-1), entryOf(38, 3));
});

test("a snapshot file of etcd 3.4 and the one we write of its contents are the same bytes", async () => {
  const fakes = recordedFakes();
  const name = "0000000000000003-0000000000000016.snap";
  const files = new SnapshotFiles(fakes, { dir: snapDir });
  const snapshot = await files.loadNewest([{ index: 22, term: 3, confState: undefined }]);
  await fakes.disk.mkdir("other");
  const data = await files.readData(snapshot!);
  await new SnapshotFiles(fakes, { dir: "other" }).save({ ...snapshot!, data });
  assert.deepEqual(fakes.disk.contents(`other/${name}`), fakes.disk.contents(`${snapDir}/${name}`));
});
