import assert from "node:assert/strict";
import { test } from "node:test";
import { raftpb, snappb, type walpb } from "@etcd-ts/proto";
import type { DiskOperation } from "../testing/index.ts";
import { updateCrc32c } from "./crc32c.ts";
import { SnapshotFiles } from "./snapshot-files.ts";
import { type WalFakes, walFakes } from "./testing/wal-fixture.ts";

const dir = "member/snap";
const confState = { voters: [1n, 2n], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };

function snapshotOf(index: number, term = 1): raftpb.Snapshot {
  return { data: Uint8Array.of(1, 2, index), metadata: { confState, index, term } };
}

/** As `loadNewest` gives it: the data stays in the file. */
function withoutData(snapshot: raftpb.Snapshot): raftpb.Snapshot {
  return { ...snapshot, data: new Uint8Array(0) };
}

async function* piecesOf(...pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

function known(...snapshots: raftpb.Snapshot[]): walpb.Snapshot[] {
  return snapshots.map(({ metadata: { index, term } }) => ({ index, term, confState }));
}

async function setUp(
  fault?: (operation: DiskOperation) => "EIO" | undefined,
): Promise<WalFakes & { files: SnapshotFiles }> {
  const fakes = walFakes(() => (fault === undefined ? {} : { fault }));
  await fakes.disk.mkdir(dir);
  await fakes.disk.syncDirectory("member");
  return { ...fakes, files: new SnapshotFiles(fakes, { dir }) };
}

test("a saved snapshot survives a power cut", async () => {
  const { disk, files, ...rest } = await setUp();
  await files.save(snapshotOf(5));
  const after = disk.cutPower({ survival: "none" });
  assert.deepEqual(await after.readdir(dir), ["0000000000000001-0000000000000005.snap"]);
  const found = await new SnapshotFiles({ ...rest, disk: after }, { dir }).loadNewest(known(snapshotOf(5)));
  assert.deepEqual(found, withoutData(snapshotOf(5)));
  assert.deepEqual(
    await new SnapshotFiles({ ...rest, disk: after }, { dir }).readData(snapshotOf(5)),
    snapshotOf(5).data,
  );
});

test("a power cut at any operation of save() leaves the old snapshot or the new one", async () => {
  for (let operation = 1; operation <= 6; operation++) {
    const { disk, files, ...rest } = await setUp();
    await files.save(snapshotOf(5));
    disk.cutPowerAt(disk.operationCount + operation);
    await Promise.race([files.save(snapshotOf(9)), disk.whenOff]);
    const after = new SnapshotFiles({ ...rest, disk: disk.cutPower() }, { dir });
    const found = await after.loadNewest(known(snapshotOf(5), snapshotOf(9)));
    assert.ok(found?.metadata.index === 5 || found?.metadata.index === 9);
  }
});

test("loadNewest() takes the newest that the log knows", async () => {
  const { files } = await setUp();
  for (const snapshot of [snapshotOf(5), snapshotOf(9), snapshotOf(7, 2)]) await files.save(snapshot);
  assert.deepEqual(await files.loadNewest(known(snapshotOf(5), snapshotOf(9))), withoutData(snapshotOf(9)));
  assert.deepEqual(
    await files.loadNewest(known(snapshotOf(5), snapshotOf(9), snapshotOf(7, 2))),
    withoutData(snapshotOf(7, 2)),
  );
  assert.equal(await files.loadNewest([]), undefined);
});

test("a damaged file is set aside and the one before it taken", async () => {
  const { disk, files } = await setUp();
  await files.save(snapshotOf(5));
  await files.save(snapshotOf(9));
  const name = "0000000000000001-0000000000000009.snap";
  disk.flip(`${dir}/${name}`, { position: 12, mask: 4 });
  assert.deepEqual(await files.loadNewest(known(snapshotOf(5), snapshotOf(9))), withoutData(snapshotOf(5)));
  assert.deepEqual(await disk.readdir(dir), ["0000000000000001-0000000000000005.snap", `${name}.broken`]);
});

test("no flipped bit in a file changes what is loaded (etcd-io/etcd#14102)", async () => {
  const { disk, files } = await setUp();
  await files.save(snapshotOf(9));
  const path = `${dir}/0000000000000001-0000000000000009.snap`;
  const bytes = disk.contents(path);
  for (let bit = 0; bit < bytes.byteLength * 8; bit++) {
    const damaged = bytes.slice();
    damaged[bit >>> 3]! ^= 1 << (bit & 7);
    disk.place(path, damaged);
    // The checksum's varint has three bits to spare, which mean nothing.
    const expected = bit >= 44 && bit < 47 ? withoutData(snapshotOf(9)) : undefined;
    assert.deepEqual(await files.loadNewest(known(snapshotOf(9))), expected, `bit ${bit}`);
  }
});

test("an empty file and leftovers of a crash are no snapshots", async () => {
  const { disk, files } = await setUp();
  disk.place(`${dir}/0000000000000001-0000000000000009.snap`, new Uint8Array(0));
  disk.place(`${dir}/0000000000000001-000000000000000a.snap.tmp`, Uint8Array.of(1));
  disk.place(`${dir}/db`, Uint8Array.of(1));
  assert.equal(await files.loadNewest(known(snapshotOf(9))), undefined);
  assert.deepEqual(await disk.readdir(dir), ["0000000000000001-0000000000000009.snap.broken", "db"]);
});

test("a failing sync fails save() and leaves nothing", async () => {
  const { disk, files } = await setUp(({ kind }) => (kind === "sync" ? "EIO" : undefined));
  await assert.rejects(files.save(snapshotOf(5)), { code: "EIO" });
  assert.deepEqual(await disk.readdir(dir), []);
});

test("prune() keeps the newest files only", async () => {
  const { disk, files } = await setUp();
  for (const index of [5, 6, 7, 8]) await files.save(snapshotOf(index));
  await files.prune(2);
  assert.deepEqual(await disk.readdir(dir), [
    "0000000000000001-0000000000000007.snap",
    "0000000000000001-0000000000000008.snap",
  ]);
});

const tree = [new Uint8Array(300).fill(1), new Uint8Array(0), new Uint8Array(70_000).fill(2)];

test("data that comes in pieces is in the file as if it had been there whole", async () => {
  const { disk, files } = await setUp();
  await files.saveStream(snapshotOf(9).metadata, piecesOf(...tree));
  const snapshot = await files.loadNewest(known(snapshotOf(9)));
  assert.deepEqual(snapshot, withoutData(snapshotOf(9)));
  const data = Uint8Array.from(tree.flatMap((piece) => [...piece]));
  assert.deepEqual(await files.readData(snapshot!), data);
  // As every other reader of such files sees it.
  const outer = snappb.Snapshot.decode(disk.contents(`${dir}/0000000000000001-0000000000000009.snap`));
  assert.equal(updateCrc32c(0, outer.data, 0, outer.data.length), outer.crc);
  assert.deepEqual(raftpb.Snapshot.decode(outer.data), { ...snapshotOf(9), data });
});

test("no flipped bit of a file written in pieces goes unseen", async () => {
  const { disk, files } = await setUp();
  const path = `${dir}/0000000000000001-0000000000000009.snap`;
  await files.saveStream(snapshotOf(9).metadata, piecesOf(Uint8Array.of(1, 2, 3)));
  const bytes = disk.contents(path);
  for (let bit = 0; bit < bytes.byteLength * 8; bit++) {
    const damaged = bytes.slice();
    damaged[bit >>> 3]! ^= 1 << (bit & 7);
    disk.place(path, damaged);
    const expected = bit >= 44 && bit < 47 ? withoutData(snapshotOf(9)) : undefined;
    assert.deepEqual(await files.loadNewest(known(snapshotOf(9))), expected, `bit ${bit}`);
  }
});

test("data that fails on the way leaves nothing", async () => {
  const { disk, files } = await setUp();
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10);
    throw new Error("given up");
  }
  await assert.rejects(files.saveStream(snapshotOf(9).metadata, failing()), /given up/);
  assert.deepEqual(await disk.readdir(dir), []);
});

test("a power cut at any operation of saveStream() leaves the old snapshot or the new one", async () => {
  for (let operation = 1; operation <= 9; operation++) {
    const { disk, files, ...rest } = await setUp();
    await files.save(snapshotOf(5));
    disk.cutPowerAt(disk.operationCount + operation);
    await Promise.race([files.saveStream(snapshotOf(9).metadata, piecesOf(...tree)), disk.whenOff]);
    const after = new SnapshotFiles({ ...rest, disk: disk.cutPower() }, { dir });
    const found = await after.loadNewest(known(snapshotOf(5), snapshotOf(9)));
    assert.ok(found?.metadata.index === 5 || found?.metadata.index === 9);
  }
});
