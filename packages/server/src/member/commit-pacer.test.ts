import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, RecordedMetrics } from "../testing/index.ts";
import { CommitPacer } from "./commit-pacer.ts";

function fixture() {
  const clock = new FakeClock();
  const commits: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const backend = {
    stagedBytes: 0,
    commit: () => new Promise<void>((resolve, reject) => void commits.push({ resolve, reject })),
  };
  const seen: string[] = [];
  const durationSeconds = new RecordedMetrics().histogram({ name: "seconds", help: "" });
  const onFatal = (error: Error) => void seen.push(error.message);
  const onCommitted = () => void seen.push("committed");
  const pacer = new CommitPacer(
    { backend, clock, durationSeconds, onCommitted, onFatal },
    { intervalMs: 100, worthwhileBytes: 100, delayMaxMs: 300, stagedBytesMax: 1000 },
  );
  return { clock, backend, commits, pacer, seen };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a commit starts an interval after the first staged write when it is worth one, and one is enough for all", () => {
  const { clock, backend, commits, pacer } = fixture();
  backend.stagedBytes = 100;
  pacer.staged();
  clock.advance(60);
  pacer.staged();
  assert.equal(commits.length, 0);
  clock.advance(40);
  assert.equal(commits.length, 1);
});

test("a little waits for company, but not longer than the bound", () => {
  const { clock, backend, commits, pacer } = fixture();
  backend.stagedBytes = 99;
  pacer.staged();
  clock.advance(299);
  assert.equal(commits.length, 0);
  clock.advance(1);
  assert.equal(commits.length, 1);
});

test("company that arrives later is noticed at the next look", () => {
  const { clock, backend, commits, pacer } = fixture();
  backend.stagedBytes = 10;
  pacer.staged();
  clock.advance(100);
  backend.stagedBytes = 150;
  pacer.staged();
  assert.equal(commits.length, 0);
  clock.advance(100);
  assert.equal(commits.length, 1);
});

test("a commit starts at once when much is staged, and twice as much holds proposals back", () => {
  const { backend, commits, pacer } = fixture();
  backend.stagedBytes = 1000;
  assert.equal(pacer.overloaded, false);
  pacer.staged();
  assert.equal(commits.length, 1);
  backend.stagedBytes = 2000;
  assert.equal(pacer.overloaded, true);
});

test("commit() waits for the one under way and then covers what was staged since", async () => {
  const { backend, commits, pacer, seen } = fixture();
  backend.stagedBytes = 1;
  const first = pacer.commit();
  let isDone = false;
  const second = pacer.commit().then(() => {
    isDone = true;
  });
  commits[0]!.resolve();
  await first;
  await settled();
  assert.equal(commits.length, 2);
  assert.equal(isDone, false);
  backend.stagedBytes = 0;
  commits[1]!.resolve();
  await second;
  assert.deepEqual(seen, ["committed", "committed"]);
});

test("a failed commit is fatal, and whoever asked for it hears so", async () => {
  const { commits, pacer, seen } = fixture();
  const commit = pacer.commit();
  commits[0]!.reject(new Error("disk failed"));
  await assert.rejects(commit, /disk failed/);
  assert.deepEqual(seen, ["disk failed"]);
});

test("after stop() nothing is committed by itself", () => {
  const { clock, backend, commits, pacer } = fixture();
  backend.stagedBytes = 10;
  pacer.staged();
  clock.advance(100);
  pacer.stop();
  clock.advance(1000);
  pacer.staged();
  clock.advance(1000);
  assert.equal(commits.length, 0);
});
