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
  const driver = new RaftDriver({
    node,
    memberId: 1n,
    storage,
    wal: {
      append: (batch, done) => {
        if (batch.entries.length > 0) appended.push(batch.entries.length);
        done();
      },
    },
    endOfTurn: (run) => clock.endOfTurn(run),
    send: () => {},
    flushSends: () => {},
    applyEntries: () => {},
    installSnapshot: () => assert.fail("nobody sent a snapshot"),
    onReadStates: () => {},
    onSoftState: () => {},
    onTerm: () => {},
    onFatal: (error) => assert.fail(error),
  });
  driver.run((node) => node.campaign());
  appended.length = 0;
  const propose = () => void driver.run((node) => node.proposeBatch([Uint8Array.of(1)]));
  return { clock, driver, appended, propose };
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
