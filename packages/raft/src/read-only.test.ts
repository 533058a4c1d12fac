// Reads that wait for a quorum's echo.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageType, newMessage } from "./message.ts";
import { maxUnconfirmedReads, ReadOnlyQueue } from "./read-only.ts";

const read = (index: number) => ({ request: newMessage(MessageType.readIndex, 1n), index });

test("an echo confirms every read up to it, once", () => {
  const queue = new ReadOnlyQueue();
  queue.add(read(5));
  queue.add(read(6));
  const context = queue.heartbeatContext();
  queue.add(read(7));
  queue.acknowledge(2n, context);
  assert.equal(queue.acks.get(2n), 2);
  assert.deepEqual(
    queue.confirm(2).map(({ index }) => index),
    [5, 6],
  );
  assert.deepEqual(queue.confirm(2), []);
  assert.deepEqual(
    queue.confirm(3).map(({ index }) => index),
    [7],
  );
});

test("an echo that is not ours is ignored", () => {
  const queue = new ReadOnlyQueue();
  queue.add(read(5));
  queue.acknowledge(2n, Uint8Array.of(1, 2, 3));
  queue.acknowledge(2n, new Uint8Array(8).fill(0xff));
  assert.equal(queue.acks.size, 0);
});

test("heartbeats ask for nothing when no read waits", () => {
  assert.equal(new ReadOnlyQueue().heartbeatContext().length, 0);
});

test("there is a bound to waiting reads", () => {
  const queue = new ReadOnlyQueue();
  for (let i = 0; i < maxUnconfirmedReads; i++) assert.equal(queue.add(read(1)), true);
  assert.equal(queue.add(read(1)), false);
});
