import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyConfState, MemoryStorage, RawNode } from "@etcd-ts/raft";
import { FakeClock } from "../testing/index.ts";
import { RaftDriver } from "./raft-driver.ts";

/** The driver of a member alone, which leads; `appended` tells how many entries each append to the log held. */
function leader() {
  const clock = new FakeClock();
  const storage = new MemoryStorage();
  const confState = { ...emptyConfState(), voters: [1n] };
  storage.applySnapshot({ data: new Uint8Array(0), metadata: { confState, index: 1, term: 1 } });
  const random = { below: () => 0 };
  const node = new RawNode({
    id: 1n,
    electionTick: 10,
    heartbeatTick: 1,
    storage,
    applied: 1,
    random,
    asyncStorageWrites: true,
  });
  const appended: number[] = [];
  const applied: number[] = [];
  /** Commit indexes that were written by themselves. */
  const commits: number[] = [];
  /** Commit indexes that were made durable by themselves. */
  const synced: (number | undefined)[] = [];
  const failures: string[] = [];
  /** How an append ends; at once and well unless a test says otherwise. */
  const disk = { end: (done: (error?: Error) => void) => done() };
  const driver = new RaftDriver({
    node,
    memberId: 1n,
    storage,
    wal: {
      append: (batch, done) => {
        if (batch.entries.length > 0) appended.push(batch.entries.length);
        else if (batch.mustSync) synced.push(batch.hardState?.commit);
        else if (batch.mustWrite === true) commits.push(batch.hardState!.commit);
        disk.end(done);
      },
    },
    clock,
    send: () => {},
    flushSends: () => {},
    applyEntries: (entries) => void applied.push(...entries.map(({ index }) => index)),
    installSnapshot: () => assert.fail("nobody sent a snapshot"),
    onReadStates: () => {},
    onSoftState: () => {},
    onTerm: () => {},
    onFatal: (error) => void failures.push(error.message),
  });
  driver.run((node) => node.campaign());
  appended.length = 0;
  applied.length = 0;
  synced.length = 0;
  const propose = () => void driver.run((node) => node.proposeBatch([Uint8Array.of(1)]));
  return { clock, driver, appended, applied, commits, synced, failures, disk, propose };
}

test("what a turn brings is appended together at its end", () => {
  const { clock, driver, appended, propose } = leader();
  for (let i = 0; i < 3; i++) driver.atEndOfTurn(propose);
  assert.deepEqual(appended, []);
  clock.runTurn();
  assert.deepEqual(appended, [3]);
  driver.atEndOfTurn(propose);
  clock.runTurn();
  assert.deepEqual(appended, [3, 1]);
});

test("what does not wait for the end of the turn is appended at once", () => {
  const { appended, propose } = leader();
  propose();
  propose();
  assert.deepEqual(appended, [1, 1]);
});

test("messages that arrive after the stop are dropped", () => {
  const { clock, driver, appended, propose } = leader();
  driver.atEndOfTurn(propose);
  driver.stop();
  clock.runTurn();
  assert.deepEqual(appended, []);
});

test("when the log fails, what the same turn would still have applied is left alone", () => {
  const { clock, driver, applied, failures, disk, propose } = leader();
  let finish = (): void => {};
  disk.end = (done) => {
    finish = done;
  };
  propose();
  disk.end = (done) => done(new Error("no space left"));
  driver.atEndOfTurn(finish);
  driver.atEndOfTurn(propose);
  clock.runTurn();
  assert.deepEqual(failures, ["no space left"]);
  assert.deepEqual(applied, []);
});

test("a commit index that no append takes along is written by itself soon, once", () => {
  const { clock, commits, propose } = leader();
  propose();
  clock.advance(0.5);
  propose();
  assert.deepEqual(commits, []);
  clock.advance(1);
  assert.deepEqual(commits, [4]);
  clock.advance(1000);
  assert.deepEqual(commits, [4]);
});

test("syncCommit() tells when what is committed is durable, and that it is not once the driver has stopped", () => {
  const { driver, synced, disk, propose } = leader();
  propose();
  const told: boolean[] = [];
  let finish = () => {};
  disk.end = (done) => {
    finish = done;
  };
  driver.syncCommit((isDurable) => void told.push(isDurable));
  assert.deepEqual([synced, told], [[3], []]);
  finish();
  driver.stop();
  driver.syncCommit((isDurable) => void told.push(isDurable));
  assert.deepEqual([synced, told], [[3], [true, false]]);
});
