import assert from "node:assert/strict";
import { test } from "node:test";
import { EntryType, MemoryStorage, noBytes } from "@etcd-ts/raft";
import { silentLogger } from "../ports/index.ts";
import { FakeClock, RecordedMetrics } from "../testing/index.ts";
import { CommitPacer } from "./commit-pacer.ts";
import { Snapshotter, type SnapshotterParts } from "./snapshotter.ts";

const confState = () => ({ voters: [1n], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false });

async function* noTree(): AsyncGenerator<Uint8Array> {}

/** A snapshotter over a store whose commits do what the test says, and what reached the disk, in order. */
function fixture(
  commit: () => Promise<void>,
  tree: (afterPause: () => void) => AsyncGenerator<Uint8Array> = noTree,
  workedMs = 0,
) {
  const seen: string[] = [];
  const clock = new FakeClock();
  const durationSeconds = new RecordedMetrics().histogram({ name: "seconds", help: "" });
  const onFatal = (error: Error) => void seen.push(`fatal: ${error.message}`);
  const backend = { stagedBytes: 0, commit };
  const pacer = new CommitPacer(
    { backend, clock, durationSeconds, onCommitted: () => void seen.push("committed"), onFatal },
    { intervalMs: 100, worthwhileBytes: 100, delayMaxMs: 300, stagedBytesMax: 1000 },
  );
  const raftLog = new MemoryStorage();
  raftLog.append(
    Array.from({ length: 10 }, (_, i) => ({ term: 1, index: i + 1, type: EntryType.normal, data: noBytes })),
  );
  const saveStream = async (_: unknown, data: AsyncIterable<Uint8Array>) => {
    for await (const _piece of data);
    seen.push("file");
  };
  const reading = { index: 10, term: 1, confState: confState(), tree, workedMs, close: () => void seen.push("closed") };
  const reader = { open: async () => pacer.commit().then(() => reading), committed: () => reading };
  const snapshotter = new Snapshotter(
    {
      ...{ raftLog, clock, durationSeconds, log: silentLogger, onFatal, reader },
      storeIndex: () => 10,
      wal: {
        saveSnapshot: async () => void seen.push("recorded"),
        release: async () => void seen.push("released"),
      },
      files: { saveStream, prune: async () => {} },
      isSending: () => false,
      beforeSave: () => {},
    } as unknown as SnapshotterParts,
    { snapshotCount: 5, snapshotCatchupEntries: 1, maxSnapshots: 0 },
  );
  return { seen, snapshotter, raftLog, clock };
}

test("a snapshot follows the commit of the store, and the log is let go of behind it", async () => {
  const { seen, snapshotter, raftLog } = fixture(async () => {});
  snapshotter.applied(10, confState);
  await snapshotter.idle();
  assert.deepEqual(seen, ["committed", "file", "closed", "recorded", "released"]);
  assert.equal(raftLog.firstIndex(), 10);
});

test("after a tree that took long the log may grow, so that trees do not take all the time; up to a bound", async () => {
  const { seen, snapshotter, clock } = fixture(async () => {}, noTree, 100);
  const filesAfter = async (index: number) => {
    snapshotter.applied(index, confState);
    await snapshotter.idle();
    return seen.filter((each) => each === "file").length;
  };
  assert.equal(await filesAfter(10), 1);
  clock.advance(1_999);
  assert.equal(await filesAfter(15), 1);
  assert.equal(await filesAfter(59), 1);
  assert.equal(await filesAfter(60), 2);
  clock.advance(2_000);
  assert.equal(await filesAfter(15), 3);
});

test("a store that cannot be committed gets no snapshot: the log holds what it lacks", async () => {
  const { seen, snapshotter, raftLog } = fixture(() => Promise.reject(new Error("no space left")));
  snapshotter.applied(10, confState);
  await snapshotter.idle();
  assert.deepEqual([...new Set(seen)], ["fatal: no space left"]);
  assert.equal(raftLog.firstIndex(), 1);
});

test("a snapshot that is given up leaves no file, no record and the log as it is", async () => {
  let pause = () => {};
  async function* slowTree(afterPause: () => void): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1);
    await new Promise<void>((resolve) => {
      pause = resolve;
    });
    afterPause();
    yield new Uint8Array(1);
  }
  const { seen, snapshotter, raftLog } = fixture(async () => {}, slowTree);
  snapshotter.applied(10, confState);
  for (let hop = 0; hop < 20; hop++) await undefined;
  const ended = snapshotter.giveUp();
  pause();
  await ended;
  assert.deepEqual(seen, ["committed", "closed"]);
  assert.equal(raftLog.firstIndex(), 1);
});

test("no snapshot is made of a store that is ahead of what was gone over again", async () => {
  const { seen, snapshotter } = fixture(async () => {});
  snapshotter.applied(9, confState);
  await snapshotter.idle();
  assert.deepEqual(seen, []);
});
