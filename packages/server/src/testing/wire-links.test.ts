import assert from "node:assert/strict";
import { test } from "node:test";
import { EntryType, type Message, MessageType, newMessage } from "@etcd-ts/raft";
import { WireLinks } from "./wire-links.ts";

const [from, to] = [0xa1n, 0xf00dn];

function append(index: number, { term, count }: { term: number; count: number }): Message {
  const message = newMessage(MessageType.app, to);
  const entries = Array.from({ length: count }, (_, i) => {
    return { term, index: index + 1 + i, type: EntryType.normal, data: Uint8Array.of(index, i) };
  });
  return Object.assign(message, { from, term, logTerm: term, index, entries, commit: index });
}

test("WireLinks carry appends that follow each other, that repeat, and that go back, and everything else", () => {
  const links = new WireLinks(from);
  const run = {};
  const vote = Object.assign(newMessage(MessageType.vote, to), { from, term: 3, logTerm: 2, index: 9 });
  const messages = [
    append(0, { term: 1, count: 2 }),
    append(2, { term: 1, count: 1 }),
    vote,
    append(2, { term: 1, count: 1 }),
    append(3, { term: 1, count: 0 }),
    append(1, { term: 2, count: 3 }),
    append(4, { term: 2, count: 1 }),
  ];
  for (const message of messages) assert.deepEqual(links.carry(message, run), message);
});

test("WireLinks share no bytes between members", () => {
  const links = new WireLinks(from);
  const message = append(5, { term: 1, count: 1 });
  const [one, other] = [{}, {}].map((run) => links.carry(message, run));
  one!.entries[0]!.data.fill(0);
  assert.deepEqual([...other!.entries[0]!.data], [5, 0]);
  assert.deepEqual([...message.entries[0]!.data], [5, 0]);
});
