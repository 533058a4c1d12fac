import assert from "node:assert/strict";
import { test } from "node:test";
import { type Message, MessageType, newMessage } from "@etcd-ts/raft";
import { type NetworkUnderTest, peerNetworkContract, type RecordedPeer, recordingReceiver } from "../ports/index.ts";
import { FakeClock } from "./fake-clock.ts";
import { MemoryNetwork, type NetworkFaults } from "./memory-network.ts";
import { SeededRandom } from "./seeded-random.ts";

const urlOf = (id: bigint) => `http://m${id}:2380`;

function open(faults: Partial<NetworkFaults> = {}, seed = 1) {
  const clock = new FakeClock();
  const network = new MemoryNetwork({ clock, random: new SeededRandom(seed), faults });
  const join = (memberId: bigint): RecordedPeer => {
    const end = network.join({ memberId, clusterId: 0xcn, version: "3.7.1", advertisePeerUrls: [urlOf(memberId)] });
    const record = { network: end, messages: [], snapshots: [], sent: [] };
    for (const id of [1n, 2n]) end.addPeer(id, [urlOf(id)]);
    end.start(recordingReceiver(record));
    return record;
  };
  const under: NetworkUnderTest = {
    one: join(1n),
    two: join(2n),
    async until(condition) {
      for (let round = 0; round < 1_000; round++) {
        if (condition()) return;
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.fail("the condition never held");
    },
    close: async () => {},
  };
  return { clock, network, ...under };
}

for (const { name, run } of peerNetworkContract) {
  test(`memory network: ${name}`, async () => {
    const { clock, ...under } = open();
    const outcome = run(under, assert).finally(() => {
      ended = true;
    });
    let ended = false;
    for (let round = 0; round < 1_000 && !ended; round++) {
      clock.advance(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await outcome;
  });
}

function numbered(index: number): Message {
  return { ...newMessage(MessageType.appResp, 2n), from: 1n, index };
}

test("the same seed loses, doubles and reorders the same messages", () => {
  const run = (seed: number) => {
    const faults = { delayMsMin: 0, delayMsMax: 9, lossPerMille: 200, duplicatePerMille: 200 };
    const { clock, one, two } = open(faults, seed);
    for (let index = 0; index < 100; index++) one.network.send(numbered(index));
    clock.advance(20);
    return two.messages.map(({ index }) => index);
  };
  const first = run(5);
  assert.deepEqual(run(5), first);
  assert.notDeepEqual(run(6), first);
  assert.ok(
    first.some((index, i) => i > 0 && index < first[i - 1]!),
    "reordered",
  );
  assert.ok(new Set(first).size < 100, "lost");
  assert.ok(new Set(first).size < first.length, "doubled");
});

test("a cut lets nothing pass in its direction until it is healed", () => {
  const { clock, network, one, two } = open();
  network.cut(1n, 2n);
  one.network.send(numbered(1));
  two.network.send({ ...numbered(2), from: 2n, to: 1n });
  clock.advance(5);
  assert.deepEqual([two.messages.length, one.messages.length], [0, 1]);
  assert.equal(one.network.activeSinceMs(2n), undefined);
  network.heal();
  one.network.send(numbered(3));
  clock.advance(5);
  assert.deepEqual(
    two.messages.map(({ index }) => index),
    [3],
  );
  assert.equal(one.network.activeSinceMs(2n), 5);
});
