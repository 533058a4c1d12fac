// The life of one node on its own, and the outcomes its owner has to expect.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  MemoryStorage,
  type Message,
  MessageType,
  newMessage,
  type RaftConfig,
  RawNode,
  type Ready,
  Role,
} from "./index.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function storageOf(...voters: bigint[]): MemoryStorage {
  const storage = new MemoryStorage();
  const confState = { voters, learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
  storage.applySnapshot({ data: bytes(""), metadata: { confState, index: 1, term: 1 } });
  return storage;
}

function configOf(storage: MemoryStorage, more: Partial<RaftConfig> = {}): RaftConfig {
  return { id: 1n, electionTick: 10, heartbeatTick: 1, storage, random: { below: () => 0 }, ...more };
}

/** Does one Ready's work the way the README asks for. */
function work(node: RawNode, storage: MemoryStorage): Ready {
  const ready = node.ready();
  if (ready.hardState !== undefined) storage.setHardState(ready.hardState);
  if (ready.snapshot !== undefined) storage.applySnapshot(ready.snapshot);
  storage.append(ready.entries);
  node.advance(ready);
  return ready;
}

function workAll(node: RawNode, storage: MemoryStorage): Ready[] {
  const done: Ready[] = [];
  while (node.hasReady()) done.push(work(node, storage));
  return done;
}

function messageFrom(from: bigint, type: MessageType, more: Partial<Message> = {}): Message {
  return { ...newMessage(type, 1n), from, ...more };
}

test("a single voter elects itself, commits and applies what is proposed", () => {
  const storage = storageOf(1n);
  const node = new RawNode(configOf(storage));
  node.campaign();
  workAll(node, storage);
  assert.equal(node.basicStatus().role, Role.leader);
  assert.equal(node.proposeBatch([bytes("a"), bytes("b")]), "accepted");
  const applied = workAll(node, storage).flatMap((ready) => ready.committedEntries);
  assert.deepEqual(
    applied.map((entry) => [entry.term, entry.index, new TextDecoder().decode(entry.data)]),
    [
      [1, 3, "a"],
      [1, 4, "b"],
    ],
  );
});

test("a node that restarts resumes from its storage", () => {
  const storage = storageOf(1n);
  const first = new RawNode(configOf(storage));
  first.campaign();
  workAll(first, storage);
  const { term, commit } = first.basicStatus();
  const second = new RawNode(configOf(storage, { applied: commit }));
  assert.equal(second.hasReady(), false);
  assert.equal(second.basicStatus().term, term);
  assert.equal(second.basicStatus().applied, commit);
});

test("a bootstrapped group starts with its members as committed entries", () => {
  const storage = new MemoryStorage();
  const node = new RawNode(configOf(storage));
  node.bootstrap([{ id: 1n, context: bytes("first") }]);
  const ready = work(node, storage);
  assert.equal(ready.entries.length, 1);
  assert.equal(ready.committedEntries.length, 1);
  assert.equal(ready.hardState?.commit, 1);
  node.campaign();
  workAll(node, storage);
  assert.equal(node.basicStatus().role, Role.leader);
});

test("proposals without a leader are dropped", () => {
  const node = new RawNode(configOf(storageOf(1n, 2n)));
  assert.equal(node.propose(bytes("x")), "dropped");
  assert.equal(node.proposeBatch([bytes("x"), bytes("y")]), "dropped");
});

test("proposals beyond the uncommitted size are dropped whole", () => {
  const storage = storageOf(1n);
  const node = new RawNode(configOf(storage, { maxUncommittedEntriesSize: 4 }));
  node.campaign();
  workAll(node, storage);
  assert.equal(node.propose(bytes("12345678")), "accepted");
  assert.equal(node.proposeBatch([bytes(""), bytes("1")]), "dropped");
  workAll(node, storage);
  assert.equal(node.proposeBatch([bytes("1"), bytes("2")]), "accepted");
});

test("messages that a node must not be sent are refused", () => {
  const node = new RawNode(configOf(storageOf(1n, 2n)));
  assert.equal(node.step(messageFrom(2n, MessageType.hup)), "local-message");
  assert.equal(node.step(messageFrom(9n, MessageType.appResp, { term: 1 })), "unknown-peer");
});

test("a wrong configuration is refused with the field's name", () => {
  const storage = storageOf(1n);
  assert.throws(() => new RawNode(configOf(storage, { id: 0n })), /id must not be 0/);
  assert.throws(() => new RawNode(configOf(storage, { electionTick: 1 })), /electionTick 1/);
  assert.throws(() => new RawNode(configOf(storage, { maxInflightMsgs: 0 })), /maxInflightMsgs 0/);
  assert.throws(() => new RawNode(configOf(storage, { maxSizePerMsg: 9, maxInflightBytes: 8 })), /maxInflightBytes 8/);
  assert.throws(() => new RawNode(configOf(storage, { readOnlyOption: "lease-based" })), /checkQuorum/);
});

test("a ready must be advanced before the next", () => {
  const node = new RawNode(configOf(storageOf(1n)));
  node.campaign();
  node.ready();
  assert.throws(() => node.ready(), /before the last one was advanced/);
});

test("a single voter answers a read at once", () => {
  const storage = storageOf(1n);
  const node = new RawNode(configOf(storage));
  node.campaign();
  workAll(node, storage);
  node.readIndex(bytes("r"));
  assert.deepEqual(node.ready().readStates, [{ index: 2, context: bytes("r") }]);
});
