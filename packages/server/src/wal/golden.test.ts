import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { SnapshotFiles } from "./snapshot-files.ts";
import { appended, createWal, entryOf, openWal, type WalFakes, walDir, walFakes } from "./testing/wal-fixture.ts";

const confState = { voters: [1n], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
const tuning = { segmentSizeBytes: 4096, segmentsKept: 1 };
const large = (index: number) => entryOf(index, 1, 1000);

/** Compares what the disk was asked to do with `testdata/NAME.trace`, or writes that file with REWRITE_GOLDEN=1. */
function assertTrace(name: string, trace: string): void {
  const path = new URL(`../../src/wal/testdata/${name}.trace`, import.meta.url);
  if (process.env["REWRITE_GOLDEN"] === "1") writeFileSync(path, trace);
  assert.equal(trace, readFileSync(path, "utf8"));
}

/** The trace of what `act` does. */
async function traceOf({ disk }: WalFakes, act: () => Promise<unknown>): Promise<string> {
  const before = disk.trace().length;
  await act();
  return disk.trace().slice(before);
}

test("create() builds the log beside its place, and syncs all of it before and after the rename", async () => {
  const fakes = walFakes();
  assertTrace("create", await traceOf(fakes, () => createWal(fakes, tuning)));
});

test("a batch is one write and one sync", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes, tuning);
  assertTrace("append", await traceOf(fakes, () => appended(wal, { entries: [entryOf(1), entryOf(2)] })));
});

test("the next segment is durable with its first records before it gets its name, and its name before it is used", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes, tuning);
  const act = async () => {
    for (let index = 1; index <= 5; index++) await appended(wal, { entries: [large(index)] });
  };
  assertTrace("rotate", await traceOf(fakes, act));
});

test("a snapshot is saved to its file, then recorded, then old segments go", async () => {
  const fakes = walFakes();
  await fakes.disk.mkdir("member/snap");
  const wal = await createWal(fakes, tuning);
  const files = new SnapshotFiles(fakes, { dir: "member/snap" });
  const hardState = { term: 1, vote: 1n, commit: 9 };
  for (let index = 1; index <= 9; index++) await appended(wal, { entries: [large(index)], hardState });
  const act = async () => {
    await files.save({ data: Uint8Array.of(1), metadata: { confState, index: 9, term: 1 } });
    await wal.saveSnapshot({ index: 9, term: 1, confState });
    await wal.release(9);
    await files.prune(1);
  };
  assertTrace("snapshot-and-release", await traceOf(fakes, act));
});

test("opening a segment that is whole writes nothing, and syncs what a crash may have left in the cache", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes, tuning);
  await appended(wal, { entries: [entryOf(1)] });
  await wal.close();
  const act = async () => {
    const opened = await openWal(fakes, tuning);
    await appended(opened.wal, { entries: [entryOf(2)] });
    await opened.wal.close();
  };
  assertTrace("open", await traceOf(fakes, act));
});

test("repair keeps the torn segment before it cuts it", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes, tuning);
  await appended(wal, { entries: [large(1)] });
  await appended(wal, { entries: [large(2)] });
  const path = `${walDir}/0000000000000000-0000000000000000.wal`;
  const torn = fakes.disk.contents(path).fill(0, 1536, 2048);
  const disk = fakes.disk.killProcess();
  disk.place(path, torn);
  const killed = { ...fakes, disk };
  assertTrace("repair", await traceOf(killed, () => openWal(killed, tuning)));
});

test("opening erases what stands behind the last record, and gives a short segment its space", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes, tuning);
  await appended(wal, { entries: [entryOf(1)] });
  const path = `${walDir}/0000000000000000-0000000000000000.wal`;
  const left = fakes.disk.contents(path).fill(7, 2048, 2051);
  for (const contents of [left, left.slice(0, 2048)]) {
    const disk = fakes.disk.killProcess();
    disk.place(path, contents);
    const opened = await openWal({ ...fakes, disk }, tuning);
    assert.equal(opened.entries.length, 1);
    assert.equal(disk.contents(path).length, tuning.segmentSizeBytes);
    assert.ok(
      disk
        .contents(path)
        .subarray(2048)
        .every((byte) => byte === 0),
    );
  }
});
