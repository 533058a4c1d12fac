/**
 * What every network between members must do while nothing goes wrong, as a list of named cases: a test file runs them against
 * its implementation with `for (const c of peerNetworkContract) test(c.name, () => c.run(await open(), assert))`.
 */
import { type Message, MessageType, newMessage, noBytes } from "@etcd-ts/raft";
import type { ContractAssert } from "./backend-contract.ts";
import type { PeerNetwork, PeerReceiver, PeerRequest } from "./peer-network.ts";

/** What one member of the network under test has been told. */
export interface RecordedPeer {
  readonly network: PeerNetwork;
  readonly messages: Message[];
  readonly snapshots: { readonly message: Message; readonly content: string }[];
  readonly sent: { readonly to: bigint; readonly ok: boolean }[];
}

/** Two members, ids 1n and 2n, that know each other and can talk. */
export interface NetworkUnderTest {
  readonly one: RecordedPeer;
  readonly two: RecordedPeer;
  /** Lets time pass until the condition holds; throws when it takes too long. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** One thing a network must do, and how to see that it does. */
export interface PeerNetworkCase {
  readonly name: string;
  run(under: NetworkUnderTest, assert: ContractAssert): Promise<void>;
}

/** A receiver that writes down what it is told: snapshots with content "bad" are refused, requests echo their body. */
export function recordingReceiver(record: Omit<RecordedPeer, "network">): PeerReceiver {
  return {
    onMessages: (messages) => void record.messages.push(...messages),
    onSnapshot: async (message, content) => {
      let text = "";
      for await (const piece of content) text += new TextDecoder().decode(piece);
      if (text === "bad") throw new Error("refused");
      record.snapshots.push({ message, content: text });
    },
    onUnreachable: () => {},
    onGone: () => {},
    onSnapshotSent: (to, ok) => void record.sent.push({ to, ok }),
    onRequest: async ({ path, body }) => ({ status: path === "/none" ? 404 : 200, headers: {}, body }),
    onRemoved: () => {},
    isRemoved: () => false,
  };
}

function numbered(index: number): Message {
  const message = newMessage(MessageType.appResp, 2n);
  message.from = 1n;
  message.term = 1;
  message.index = index;
  return message;
}

function snapshotMessage(index: number): Message {
  const message = newMessage(MessageType.snap, 2n);
  message.from = 1n;
  message.term = 3;
  const confState = { voters: [1n, 2n], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
  message.snapshot = { data: noBytes, metadata: { confState, index, term: 3 } };
  return message;
}

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

const question = (path: string): PeerRequest => ({ method: "POST", path, body: new TextEncoder().encode("hello") });

/** The cases. */
export const peerNetworkContract: readonly PeerNetworkCase[] = [
  {
    name: "delivers messages whole, in order and to their addressee only",
    async run({ one, two, until }, assert) {
      for (let index = 1; index <= 50; index++) one.network.send(numbered(index));
      await until(() => two.messages.length === 50);
      assert.deepEqual(
        two.messages.map(({ index }) => index),
        Array.from({ length: 50 }, (_, i) => i + 1),
      );
      assert.equal(one.messages.length, 0);
    },
  },
  {
    name: "delivers appends with their entries",
    async run({ one, two, until }, assert) {
      const entry = (index: number) => ({ term: 2, index, type: 0 as const, data: Uint8Array.of(index, 0, 255) });
      const append = (index: number) => {
        const message = { ...numbered(index), type: MessageType.app, term: 2, logTerm: 2 };
        return { ...message, entries: [entry(index + 1), entry(index + 2)], commit: index };
      };
      one.network.send(append(0));
      one.network.send(append(2));
      await until(() => two.messages.length === 2);
      const found = two.messages.flatMap(({ entries }) => entries.map(({ index, data }) => [index, ...data].join()));
      assert.deepEqual(found, ["1,1,0,255", "2,2,0,255", "3,3,0,255", "4,4,0,255"]);
      assert.deepEqual(
        two.messages.map(({ commit, index }) => [index, commit]),
        [
          [0, 0],
          [2, 2],
        ],
      );
    },
  },
  {
    name: "carries questions and answers, whatever their status",
    async run({ one }, assert) {
      const answer = await one.network.request(2n, question("/echo"));
      assert.equal(new TextDecoder().decode(answer.body), "hello");
      assert.equal(answer.headers["x-etcd-cluster-id"], "c");
      assert.equal((await one.network.request(2n, question("/none"))).status, 404);
    },
  },
  {
    name: "fails a question to a member that it does not know",
    async run({ one }, assert) {
      const outcome = await one.network.request(9n, question("/echo")).then(
        () => "answered",
        () => "failed",
      );
      assert.equal(outcome, "failed");
    },
  },
  {
    name: "carries a snapshot's content and tells how that ended",
    async run({ one, two, until }, assert) {
      one.network.sendSnapshot(snapshotMessage(7), pieces("a", "bc", ""));
      await until(() => one.sent.length === 1);
      assert.deepEqual(
        two.snapshots.map(({ message, content }) => [message.snapshot?.metadata.index, content]),
        [[7, "abc"]],
      );
      assert.deepEqual(one.sent, [{ to: 2n, ok: true }]);
    },
  },
  {
    name: "tells that a snapshot was refused",
    async run({ one, two, until }, assert) {
      one.network.sendSnapshot(snapshotMessage(8), pieces("bad"));
      await until(() => one.sent.length === 1);
      assert.deepEqual(one.sent, [{ to: 2n, ok: false }]);
      assert.equal(two.snapshots.length, 0);
    },
  },
  {
    name: "knows since when it is connected, and forgets a peer that was removed",
    async run({ one, two, until }, assert) {
      await until(() => one.network.activeSinceMs(2n) !== undefined);
      one.network.removePeer(2n);
      assert.equal(one.network.activeSinceMs(2n), undefined);
      one.network.send(numbered(1));
      assert.equal(two.messages.length, 0);
    },
  },
];
