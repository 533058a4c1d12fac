import assert from "node:assert/strict";
import { test } from "node:test";
import { type Message, MessageType, newMessage, noBytes } from "@etcd-ts/raft";
import { silentLogger } from "../ports/index.ts";
import { FakeClock, FakeDisk, MemoryBackend, RecordedMetrics, SeededRandom } from "../testing/index.ts";
import { SnapshotExchange, type SnapshotExchangeParts } from "./snapshot-exchange.ts";
import { SnapshotInbox } from "./snapshot-inbox.ts";
import { encodeContent } from "./store-content.ts";

/** An exchange whose views are counted, and what it hands to the network. */
function fixture() {
  const state = { openViews: 0, commitFails: false, metadataFails: false };
  const contents: AsyncIterable<Uint8Array>[] = [];
  const notSent: bigint[] = [];
  const view = () => {
    state.openViews++;
    const get = () => {
      if (state.metadataFails) throw new Error("read failed");
      return undefined;
    };
    return { get, slice: () => [], close: () => void state.openViews-- };
  };
  const exchange = new SnapshotExchange({
    state: { backend: { view } },
    network: { sendSnapshot: (_message: Message, content: AsyncIterable<Uint8Array>) => void contents.push(content) },
    pacer: { commit: async () => {} },
    ...{ clock: new FakeClock(), log: silentLogger },
    counters: { snapshotSendSeconds: new RecordedMetrics().histogram({ name: "s", help: "" }) },
    confState: () => ({ voters: [], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false }),
    onNotSent: (to: bigint) => void notSent.push(to),
  } as unknown as SnapshotExchangeParts);
  const send = async (to: bigint) => {
    exchange.send(newMessage(MessageType.snap, to));
    for (let hop = 0; hop < 20; hop++) await undefined;
  };
  return { state, contents, notSent, exchange, send };
}

test("a snapshot that a peer cannot take, asked for again and again, holds no view of the store", async () => {
  const { state, exchange, send } = fixture();
  for (let round = 0; round < 3; round++) {
    await send(2n);
    assert.deepEqual([state.openViews, exchange.isSending], [1, true]);
    exchange.sent(2n);
    assert.deepEqual([state.openViews, exchange.isSending], [0, false]);
  }
});

test("a content that is being read closes its view itself, and not under the reader's hands", async () => {
  const { state, contents, exchange, send } = fixture();
  await send(2n);
  await send(3n);
  const reading = contents[1]![Symbol.asyncIterator]();
  await reading.next();
  exchange.sent(3n);
  assert.equal(state.openViews, 2);
  await reading.return?.();
  assert.equal(state.openViews, 1);
  exchange.sent(2n);
  assert.equal(state.openViews, 0);
});

test("a view that cannot be read is closed, and the snapshot said not to be sent", async () => {
  const { state, notSent, exchange, send } = fixture();
  state.metadataFails = true;
  await send(2n);
  assert.deepEqual([state.openViews, notSent, exchange.isSending], [0, [2n], false]);
});

test("snapshots that came and were of no use do not pile up on the disk", async () => {
  const dir = "/data/member/snap";
  const disk = new FakeDisk({ random: new SeededRandom(1) });
  await disk.mkdir(dir);
  const clock = new FakeClock();
  const inbox = new SnapshotInbox({ disk, log: silentLogger, clock, metrics: new RecordedMetrics(), dir });
  const state = { store: { appliedIndex: 0 } };
  const exchange = new SnapshotExchange({ inbox, state, step() {} } as unknown as SnapshotExchangeParts);
  const confState = { voters: [1n], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };
  for (let index = 1; index <= 5; index++) {
    const snapshot = { data: noBytes, metadata: { index, term: 2, confState } };
    await exchange.receive(
      { ...newMessage(MessageType.snap, 1n), snapshot },
      encodeContent(new MemoryBackend().view()),
    );
    assert.equal((await disk.readdir(dir)).length, 1);
    state.store.appliedIndex = index;
  }
});
