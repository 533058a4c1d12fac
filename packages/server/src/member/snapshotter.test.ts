import assert from "node:assert/strict";
import { test } from "node:test";
import { EntryType, MemoryStorage, noBytes } from "@etcd-ts/raft";
import { silentLogger } from "../ports/index.ts";
import { FakeClock, RecordedMetrics } from "../testing/index.ts";
import { CommitPacer } from "./commit-pacer.ts";
import { Snapshotter, type SnapshotterParts } from "./snapshotter.ts";

const confState = () => ({ voters: [1n], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false });

/** A snapshotter over a store whose commits do what the test says, and what reached the disk, in order. */
function fixture(commit: () => Promise<void>) {
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
  const snapshotter = new Snapshotter(
    {
      ...{ raftLog, pacer, clock, durationSeconds, log: silentLogger, onFatal },
      wal: {
        saveSnapshot: async () => void seen.push("recorded"),
        release: async () => void seen.push("released"),
      },
      files: { save: async () => void seen.push("file"), prune: async () => {} },
      isSending: () => false,
      beforeSave: () => {},
    } as unknown as SnapshotterParts,
    { snapshotCount: 5, snapshotCatchupEntries: 1, maxSnapshots: 0 },
  );
  return { seen, snapshotter, raftLog };
}

test("a snapshot follows the commit of the store, and the log is let go of behind it", async () => {
  const { seen, snapshotter, raftLog } = fixture(async () => {});
  snapshotter.applied(10, confState);
  await snapshotter.idle();
  assert.deepEqual(seen, ["committed", "file", "recorded", "released"]);
  assert.equal(raftLog.firstIndex(), 10);
});

test("a store that cannot be committed gets no snapshot: the log holds what it lacks", async () => {
  const { seen, snapshotter, raftLog } = fixture(() => Promise.reject(new Error("no space left")));
  snapshotter.applied(10, confState);
  await snapshotter.idle();
  assert.deepEqual([...new Set(seen)], ["fatal: no space left"]);
  assert.equal(raftLog.firstIndex(), 1);
});
