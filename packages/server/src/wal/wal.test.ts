import assert from "node:assert/strict";
import { test } from "node:test";
import type { DiskOperation } from "../testing/index.ts";
import {
  appended,
  createWal,
  entryOf,
  openWal,
  segmentNames,
  walDir,
  walFakes,
  walMetadata,
} from "./testing/wal-fixture.ts";
import { Wal } from "./wal.ts";
import { WalCorruptionError, WalFailedError } from "./wal-errors.ts";

const confState = { voters: [1n], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
const state = (commit: number, term = 1) => ({ term, vote: 7n, commit });
const indexesOf = (entries: readonly { index: number }[]) => entries.map(({ index }) => index);
const isDatasync = ({ kind }: DiskOperation) => kind === "datasync";

test("what was appended is read back", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes);
  await appended(wal, { hardState: state(0), entries: [entryOf(1), entryOf(2)] });
  await appended(wal, { hardState: state(2), entries: [entryOf(3)] });
  await wal.close();
  const opened = await openWal(fakes);
  assert.deepEqual(opened.metadata, walMetadata);
  assert.deepEqual(opened.hardState, state(2));
  assert.deepEqual(opened.entries, [entryOf(1), entryOf(2), entryOf(3)]);
});

test("create() refuses a directory that has a log", async () => {
  const fakes = walFakes();
  await (await createWal(fakes)).close();
  await assert.rejects(createWal(fakes), { code: "EEXIST" });
  assert.equal(await Wal.exists(fakes.disk, walDir), true);
  assert.equal(await Wal.exists(fakes.disk, "member/other"), false);
});

test("create() starts over what an interrupted create() left", async () => {
  const fakes = walFakes();
  fakes.disk.place(`${walDir}.tmp/0000000000000000-0000000000000000.wal`, Uint8Array.of(1, 2, 3));
  await (await createWal(fakes)).close();
  assert.deepEqual(indexesOf((await openWal(fakes)).entries), []);
});

test("open() refuses a log that is open already", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes);
  await assert.rejects(openWal(fakes), { code: "ELOCKED" });
  await wal.close();
  await (await openWal(fakes)).wal.close();
});

test("entries of a later term replace those of the same index and drop all behind", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes);
  await appended(wal, { entries: [entryOf(1), entryOf(2), entryOf(3)] });
  await appended(wal, { entries: [entryOf(2, 2)] });
  await wal.close();
  assert.deepEqual((await openWal(fakes)).entries, [entryOf(1), entryOf(2, 2)]);
});

test("entries that were overwritten below a snapshot do not come back behind it", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes);
  await appended(wal, { entries: [1, 2, 3, 4, 5].map((index) => entryOf(index)) });
  await appended(wal, { entries: [entryOf(3, 2), entryOf(4, 2)], hardState: state(4, 2) });
  await wal.saveSnapshot({ index: 4, term: 2, confState });
  await wal.close();
  assert.deepEqual((await openWal(fakes, { snapshot: { index: 4, term: 2 } })).entries, []);
});

test("a leader's snapshot replaces the entries behind it", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes);
  await appended(wal, { entries: [1, 2, 3, 4].map((index) => entryOf(index)) });
  await wal.saveSnapshot({ index: 3, term: 2, confState });
  await appended(wal, { entries: [entryOf(4, 2)], hardState: state(3, 2) });
  await wal.close();
  assert.deepEqual((await openWal(fakes, { snapshot: { index: 3, term: 2 } })).entries, [entryOf(4, 2)]);
});

test("a log that begins behind its snapshot and names it last, as a backup of etcdctl, is read whole", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes);
  await appended(wal, { entries: [entryOf(4, 2), entryOf(5, 2)], hardState: state(5, 2) });
  await wal.saveSnapshot({ index: 3, term: 2, confState });
  await wal.close();
  const { entries } = await openWal(fakes, { snapshot: { index: 3, term: 2 } });
  assert.deepEqual(entries, [entryOf(4, 2), entryOf(5, 2)]);
});

test("validSnapshots() leaves out a snapshot whose index was never committed", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes);
  await appended(wal, { entries: [entryOf(1), entryOf(2)], hardState: state(1) });
  await wal.saveSnapshot({ index: 1, term: 1, confState });
  await wal.saveSnapshot({ index: 2, term: 1, confState });
  await wal.close();
  assert.deepEqual(indexesOf(await Wal.validSnapshots(fakes, { dir: walDir })), [0, 1]);
});

test("open() refuses a snapshot that the log does not know, or knows with another term", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes);
  await appended(wal, { entries: [entryOf(1), entryOf(2)], hardState: state(2) });
  await wal.saveSnapshot({ index: 2, term: 1, confState });
  await wal.close();
  await assert.rejects(openWal(fakes, { snapshot: { index: 1, term: 1 } }), WalCorruptionError);
  await assert.rejects(openWal(fakes, { snapshot: { index: 2, term: 9 } }), WalCorruptionError);
  await (await openWal(fakes, { snapshot: { index: 2, term: 1 } })).wal.close();
});

test("open() refuses a log that lacks committed entries, as after syncs that were lost (etcd-io/etcd#14102)", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes);
  await appended(wal, { entries: [entryOf(1)], hardState: state(2) });
  await wal.close();
  await assert.rejects(openWal(fakes), { name: "WalCorruptionError", expected: /committed index 2/ });
});

test("batches handed over during a sync go out together behind it", async () => {
  const fakes = walFakes((clock) => ({ clock, delayMs: (operation) => (isDatasync(operation) ? 5 : 0) }));
  const wal = await createWal(fakes, { syncMode: "pool", segmentSizeBytes: 4096 });
  const before = fakes.disk.trace().length;
  const ended: number[] = [];
  for (const index of [1, 2, 3]) {
    wal.append({ entries: [entryOf(index)], mustSync: true }, () => ended.push(index));
  }
  fakes.clock.advance(5);
  assert.equal(ended.join(), "1");
  fakes.clock.advance(5);
  assert.equal(ended.join(), "1,2,3");
  const lines = fakes.disk.trace().slice(before).trim().split("\n");
  assert.deepEqual(
    lines.map((line) => line.split(" ")[0]),
    ["write", "datasync", "write", "datasync"],
  );
});

test("a batch that needs no sync is acknowledged at once and written with the next one that does", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes);
  await appended(wal, { entries: [entryOf(1)], hardState: state(0) });
  const before = fakes.disk.operationCount;
  await appended(wal, { hardState: state(1), mustSync: false });
  assert.equal(fakes.disk.operationCount, before);
  await appended(wal, { entries: [entryOf(2)] });
  assert.equal(fakes.disk.operationCount, before + 2);
  const { hardState } = await openWal({ ...fakes, disk: fakes.disk.cutPower({ survival: "none" }) });
  assert.deepEqual(hardState, state(1));
});

test("a batch that must be written survives the end of the process, without a sync", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes);
  await appended(wal, { entries: [entryOf(1)], hardState: state(0) });
  const before = fakes.disk.operationCount;
  await appended(wal, { hardState: state(1), mustSync: false, mustWrite: true });
  assert.equal(fakes.disk.operationCount, before + 1);
  const { hardState } = await openWal({ ...fakes, disk: fakes.disk.killProcess() });
  assert.deepEqual(hardState, state(1));
});

test("close() writes what needed no sync", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes);
  await appended(wal, { entries: [entryOf(1)], hardState: state(0) });
  await appended(wal, { hardState: state(1), mustSync: false });
  await wal.close();
  assert.deepEqual((await openWal(fakes)).hardState, state(1));
});

for (const syncMode of ["direct", "pool"] as const) {
  for (const kind of ["write", "datasync"] as const) {
    test(`after a failed ${kind} (${syncMode}) nothing is acknowledged any more`, async () => {
      let failing = false;
      const fault = (operation: DiskOperation) => (failing && operation.kind === kind ? "EIO" : undefined);
      const fakes = walFakes(() => ({ fault }));
      const wal = await createWal(fakes, { syncMode });
      await appended(wal, { entries: [entryOf(1)] });
      failing = true;
      await assert.rejects(appended(wal, { entries: [entryOf(2)] }), WalFailedError);
      failing = false;
      await assert.rejects(appended(wal, { entries: [entryOf(2)] }), WalFailedError);
      await assert.rejects(appended(wal, { hardState: state(1), mustSync: false }), WalFailedError);
      await assert.rejects(wal.saveSnapshot({ index: 1, term: 1, confState }), WalFailedError);
      const survivor = { ...fakes, disk: fakes.disk.cutPower() };
      assert.deepEqual((await openWal(survivor)).entries[0], entryOf(1));
    });
  }
}

test("batches that wait behind a failing sync fail too", async () => {
  const fakes = walFakes((clock) => ({
    clock,
    delayMs: (operation) => (isDatasync(operation) ? 5 : 0),
    fault: (operation) => (isDatasync(operation) ? "EIO" : undefined),
  }));
  const wal = await createWal(fakes, { syncMode: "pool", segmentSizeBytes: 4096 });
  const errors: string[] = [];
  for (const index of [1, 2, 3]) {
    wal.append({ entries: [entryOf(index)], mustSync: true }, (error) => errors.push(error?.name ?? "none"));
  }
  fakes.clock.advance(5);
  assert.deepEqual(errors, ["WalFailedError", "WalFailedError", "WalFailedError"]);
});

const large = (index: number) => entryOf(index, 1, 1000);

test("a full segment is followed by the next one, and both are read", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes, { segmentSizeBytes: 4096 });
  for (let index = 1; index <= 10; index++) await appended(wal, { entries: [large(index)], hardState: state(index) });
  await wal.close();
  assert.deepEqual(await segmentNames(fakes.disk), [
    "0000000000000000-0000000000000000.wal",
    "0000000000000001-0000000000000005.wal",
    "0000000000000002-0000000000000009.wal",
  ]);
  const { entries, hardState } = await openWal(fakes);
  assert.deepEqual(indexesOf(entries), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.deepEqual(hardState, state(10));
});

test("no room for the next segment leaves the log usable, and it is cut once there is room", async () => {
  let full = true;
  const fault = ({ kind, path }: DiskOperation) =>
    full && kind === "preallocate" && path.startsWith(`${walDir}/`) ? "ENOSPC" : undefined;
  const fakes = walFakes(() => ({ fault }));
  const wal = await createWal(fakes, { segmentSizeBytes: 4096 });
  for (let index = 1; index <= 8; index++) await appended(wal, { entries: [large(index)] });
  assert.equal((await segmentNames(fakes.disk)).length, 1);
  full = false;
  for (let index = 9; index <= 10; index++) await appended(wal, { entries: [large(index)] });
  await wal.close();
  assert.equal((await segmentNames(fakes.disk)).length, 2);
  assert.equal((await openWal(fakes)).entries.length, 10);
});

test("open() refuses a log with a missing segment, and one whose segments do not follow each other", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes, { segmentSizeBytes: 4096 });
  for (let index = 1; index <= 10; index++) await appended(wal, { entries: [large(index)] });
  await wal.close();
  const [first, second] = await segmentNames(fakes.disk);
  await fakes.disk.remove(`${walDir}/${second}`);
  await assert.rejects(openWal(fakes), { name: "WalCorruptionError", expected: "segment 1 in the sequence" });
  await fakes.disk.rename(`${walDir}/${first}`, `${walDir}/0000000000000001-0000000000000000.wal`);
  await assert.rejects(openWal(fakes), { name: "WalCorruptionError", expected: /checksum/ });
});

test("release() removes the segments before a snapshot, but leaves as many as it is told to keep", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes, { segmentSizeBytes: 4096, segmentsKept: 2 });
  for (let index = 1; index <= 14; index++) await appended(wal, { entries: [large(index)], hardState: state(index) });
  await wal.saveSnapshot({ index: 6, term: 1, confState });
  await wal.release(6);
  assert.equal((await segmentNames(fakes.disk))[0], "0000000000000001-0000000000000005.wal");
  await wal.saveSnapshot({ index: 14, term: 1, confState });
  await wal.release(14);
  assert.deepEqual(await segmentNames(fakes.disk), [
    "0000000000000002-0000000000000009.wal",
    "0000000000000003-000000000000000d.wal",
  ]);
  await wal.close();
  assert.deepEqual((await openWal(fakes, { snapshot: { index: 14, term: 1 } })).entries, []);
});

test("a torn last record is cut off, kept in a copy, and written over", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes, { segmentSizeBytes: 8192 });
  await appended(wal, { entries: [large(1)] });
  await appended(wal, { entries: [large(2)] });
  const path = `${walDir}/0000000000000000-0000000000000000.wal`;
  const torn = fakes.disk.contents(path);
  const zeroed = 3 * 512;
  torn.fill(0, zeroed, zeroed + 512);
  const disk = fakes.disk.killProcess();
  disk.place(path, torn);
  const { wal: repaired, entries } = await openWal({ ...fakes, disk }, { segmentSizeBytes: 8192 });
  assert.deepEqual(entries, [large(1)]);
  assert.deepEqual(disk.contents(`${path}.broken`), torn);
  await appended(repaired, { entries: [entryOf(2, 2)] });
  await repaired.close();
  assert.deepEqual((await openWal({ ...fakes, disk })).entries, [large(1), entryOf(2, 2)]);
});

test("writes and syncs are counted", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes);
  await appended(wal, { entries: [entryOf(1)] });
  await appended(wal, { entries: [entryOf(2)] });
  assert.equal(fakes.metrics.value("etcd_disk_wal_fsync_duration_seconds"), 2);
  assert.equal(fakes.metrics.value("etcd_disk_wal_write_duration_seconds"), 2);
  assert.equal(fakes.metrics.value("etcd_disk_wal_write_bytes_total"), 80);
});

test("a batch appended by an acknowledgement is not lost and not nested", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes, { syncMode: "direct" });
  const ended: number[] = [];
  const appendNext = (index: number): void => {
    wal.append({ entries: [entryOf(index)], mustSync: true }, () => {
      ended.push(index);
      if (index < 5000) appendNext(index + 1);
    });
  };
  appendNext(1);
  await wal.close();
  assert.equal(ended.length, 5000);
});

test("open() refuses a segment without its head: what is written behind it could never be read without the segments before", async () => {
  const fakes = walFakes();
  const wal = await createWal(fakes, { segmentSizeBytes: 4096 });
  for (let index = 1; index <= 10; index++) await appended(wal, { entries: [large(index)] });
  await wal.close();
  const last = `${walDir}/${(await segmentNames(fakes.disk)).at(-1)}`;
  await fakes.disk.remove(last);
  fakes.disk.place(last, new Uint8Array(4096));
  await assert.rejects(openWal(fakes), WalCorruptionError);
});
