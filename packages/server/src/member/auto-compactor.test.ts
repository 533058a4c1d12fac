import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { etcdError } from "@etcd-ts/proto";
import { silentLogger } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { type AutoCompactionPolicy, AutoCompactor } from "./auto-compactor.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A member whose revision goes up by one each minute, and what was compacted when, in minutes. */
function scripted(policy: AutoCompactionPolicy) {
  const clock = new FakeClock();
  const state = { isLeader: true, error: undefined as Error | undefined, frozenAt: undefined as number | undefined };
  const compacted: [minute: number, revision: number][] = [];
  const minutes = () => Math.round(clock.nowMs() / minuteMs);
  const compactor = new AutoCompactor(
    {
      clock,
      log: silentLogger,
      currentRevision: () => state.frozenAt ?? 1 + minutes(),
      isLeader: () => state.isLeader,
      compact: (revision, done) => {
        compacted.push([minutes(), revision]);
        done(state.error);
      },
    },
    policy,
  );
  compactor.start();
  return { clock, state, compacted, compactor };
}

describe("AutoCompactor, periodic", () => {
  it("keeps a retention of an hour: compacts first after the hour, then hourly, what an hour and a tenth ago was new", () => {
    const { clock, compacted } = scripted({ mode: "periodic", retentionMs: hourMs });
    clock.advance(3 * hourMs);
    assert.deepEqual(compacted, [
      [60, 1],
      [120, 55],
      [180, 115],
    ]);
  });

  it("keeps a longer retention and compacts every hour once it has passed", () => {
    const { clock, compacted } = scripted({ mode: "periodic", retentionMs: 5 * hourMs });
    clock.advance(7 * hourMs);
    assert.deepEqual(compacted, [
      [300, 1],
      [360, 55],
      [420, 115],
    ]);
  });

  it("compacts every ten minutes with a retention of ten minutes", () => {
    const { clock, compacted } = scripted({ mode: "periodic", retentionMs: 10 * minuteMs });
    clock.advance(30 * minuteMs);
    assert.deepEqual(compacted, [
      [10, 1],
      [20, 10],
      [30, 20],
    ]);
  });

  it("leaves compaction to the leader but keeps its notes, so that a new leader loses no window", () => {
    const { clock, state, compacted } = scripted({ mode: "periodic", retentionMs: hourMs });
    state.isLeader = false;
    clock.advance(3 * hourMs - minuteMs);
    assert.deepEqual(compacted, []);
    state.isLeader = true;
    clock.advance(minuteMs);
    assert.deepEqual(compacted, [[180, 115]]);
  });

  it("tries again after a tenth when a compaction fails", () => {
    const { clock, state, compacted } = scripted({ mode: "periodic", retentionMs: hourMs });
    state.error = etcdError("timeout");
    clock.advance(hourMs);
    state.error = undefined;
    clock.advance(6 * minuteMs);
    assert.deepEqual(compacted, [
      [60, 1],
      [66, 1],
    ]);
  });

  it("takes a revision that somebody else compacted for done", () => {
    const { clock, state, compacted } = scripted({ mode: "periodic", retentionMs: hourMs });
    state.error = etcdError("compacted");
    clock.advance(2 * hourMs - minuteMs);
    assert.deepEqual(compacted, [[60, 1]]);
  });

  it("proposes nothing while nothing was written", () => {
    const { clock, state, compacted } = scripted({ mode: "periodic", retentionMs: hourMs });
    state.frozenAt = 7;
    clock.advance(hourMs);
    const first = compacted.length;
    clock.advance(hourMs);
    state.frozenAt = 7;
    const second = compacted.length;
    clock.advance(10 * hourMs);
    assert.equal(first, 1);
    assert.equal(second, 2);
    assert.deepEqual(compacted.slice(1), [[120, 7]]);
  });

  it("ends with stop", () => {
    const { clock, compacted, compactor } = scripted({ mode: "periodic", retentionMs: hourMs });
    compactor.stop();
    clock.advance(10 * hourMs);
    assert.deepEqual(compacted, []);
  });
});

describe("AutoCompactor, revision", () => {
  it("keeps the last revisions, looking every five minutes", () => {
    const { clock, compacted } = scripted({ mode: "revision", retentionRevisions: 8 });
    clock.advance(16 * minuteMs);
    assert.deepEqual(compacted, [
      [10, 3],
      [15, 8],
    ]);
  });

  it("proposes the same revision once only, unless it failed", () => {
    const { clock, state, compacted } = scripted({ mode: "revision", retentionRevisions: 8 });
    state.frozenAt = 100;
    state.error = etcdError("timeout");
    clock.advance(5 * minuteMs);
    state.error = undefined;
    clock.advance(20 * minuteMs);
    assert.deepEqual(compacted, [
      [5, 92],
      [10, 92],
    ]);
  });

  it("is paused while another member leads", () => {
    const { clock, state, compacted } = scripted({ mode: "revision", retentionRevisions: 1 });
    state.isLeader = false;
    clock.advance(hourMs);
    assert.deepEqual(compacted, []);
  });
});

describe("AutoCompactor, off", () => {
  it("sets no timer", () => {
    const { clock, compacted } = scripted({ mode: "off" });
    clock.advance(100 * hourMs);
    assert.deepEqual(compacted, []);
  });
});
