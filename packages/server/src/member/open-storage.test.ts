import assert from "node:assert/strict";
import { test } from "node:test";
import { raftpb } from "@etcd-ts/proto";
import { type Disk, silentLogger } from "../ports/index.ts";
import { FakeClock, FakeDisk, RecordedMetrics, SeededRandom, survivals } from "../testing/index.ts";
import { WalCorruptionError } from "../wal/index.ts";
import type { MemberOptions } from "./member-options.ts";
import { openStorage } from "./open-storage.ts";

const identity = { memberId: 1n, clusterId: 2n };

function portsOn(disk: FakeDisk) {
  const log = silentLogger;
  return { clock: new FakeClock(), disk, log, metrics: new RecordedMetrics() };
}

for (const walDir of [undefined, "/logs/etcd/wal"]) {
  for (const survival of survivals) {
    const where = walDir === undefined ? "in the data directory" : "in a directory of its own";
    test(`a log ${where} that was just made is there after a power cut that leaves ${survival}`, async () => {
      const options = { dataDir: "/data/etcd", walDir, maxWals: 5 } as MemberOptions;
      const random = new SeededRandom(1);
      const disk = new FakeDisk({ random });
      const made = await openStorage(portsOn(disk), options, async () => identity);
      assert.equal(made.fresh, true);
      const after = disk.cutPower({ survival });
      const refuse = () => assert.fail("the log is gone and would be made anew");
      const opened = await openStorage(portsOn(after), options, refuse);
      assert.deepEqual(opened.identity, identity);
    });
  }
}

const options = { dataDir: "/data/etcd", walDir: undefined, maxWals: 5, walTuning: { segmentSizeBytes: 4096 } };
const confState = { voters: [1n], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };
const refuse = () => assert.fail("the log is gone and would be made anew");

/** A log of 60 entries in several segments, with snapshots at 20 and 40; the file of one at 50 may be there too. */
async function writtenDisk({ unrecorded }: { unrecorded: boolean }): Promise<FakeDisk> {
  const disk = new FakeDisk({ random: new SeededRandom(1) });
  const { wal, snapshots, lock } = await openStorage(
    portsOn(disk),
    options as unknown as MemberOptions,
    async () => identity,
  );
  for (let index = 1; index <= 60; index++) {
    const entry = { index, term: 1, type: raftpb.EntryType.EntryNormal, data: new Uint8Array(500) };
    const hardState = { term: 1, vote: 1n, commit: index };
    await new Promise<void>((resolve) => {
      wal.append({ entries: [entry], hardState, mustSync: true }, () => resolve());
    });
    if (index !== 20 && index !== 40 && !(unrecorded && index === 50)) continue;
    await snapshots.save({ metadata: { index, term: 1, confState }, data: new Uint8Array(0) });
    if (index !== 50) await wal.saveSnapshot({ index, term: 1, confState });
  }
  await wal.close();
  await lock.release();
  return disk;
}

/** Opens the storage; tells where the log begins and ends, and how often each segment was opened. */
async function reopened(disk: FakeDisk) {
  const opens = new Map<string, number>();
  const open: Disk["open"] = (path, mode) => {
    if (path.endsWith(".wal")) opens.set(path, (opens.get(path) ?? 0) + 1);
    return disk.open(path, mode);
  };
  const watched = new Proxy(disk, {
    get: (target, name) => {
      if (name === "open") return open;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const { raftLog, snapshot, wal } = await openStorage(portsOn(watched), options as unknown as MemberOptions, refuse);
  await wal.close();
  const first = snapshot?.metadata.index ?? 0;
  return { first, last: raftLog.lastIndex(), opens: [...opens.values()] };
}

test("the log is read once, from the segment of the newest snapshot on", async () => {
  const disk = await writtenDisk({ unrecorded: false });
  const segments = (await disk.readdir("/data/etcd/member/wal")).filter((name) => name.endsWith(".wal")).length;
  const { first, last, opens } = await reopened(disk);
  assert.deepEqual([first, last], [40, 60]);
  assert.ok(opens.length < segments, `${opens.length} of ${segments} segments are read`);
  assert.deepEqual(new Set(opens), new Set([1]));
});

test("a snapshot file that a crash kept out of the log is passed over for the one before", async () => {
  const { first, last } = await reopened(await writtenDisk({ unrecorded: true }));
  assert.deepEqual([first, last], [40, 60]);
});

test("a damaged log is refused, whether its newest snapshot fits or not", async () => {
  for (const unrecorded of [false, true]) {
    const disk = await writtenDisk({ unrecorded });
    const names = (await disk.readdir("/data/etcd/member/wal")).filter((name) => name.endsWith(".wal"));
    disk.flip(`/data/etcd/member/wal/${names.at(-2)}`, { position: 2000, mask: 4 });
    await assert.rejects(reopened(disk), WalCorruptionError);
  }
});
