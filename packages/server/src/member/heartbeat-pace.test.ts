import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageType, newMessage } from "@etcd-ts/raft";
import { silentLogger } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { HeartbeatPace } from "./heartbeat-pace.ts";

function fixture() {
  const clock = new FakeClock();
  const counted = { late: 0 };
  const failures = { inc: () => void counted.late++ };
  const pace = new HeartbeatPace({ clock, log: silentLogger, heartbeatMs: 100, failures });
  const send = (to: bigint, type: MessageType = MessageType.heartbeat) => pace.sending(newMessage(type, to));
  return { clock, pace, counted, send };
}

test("a heartbeat is late when more than two intervals passed since the last one to the same member", () => {
  const { clock, counted, send } = fixture();
  send(2n);
  clock.advance(200);
  send(2n);
  send(3n);
  assert.equal(counted.late, 0);
  clock.advance(201);
  send(2n);
  assert.equal(counted.late, 1);
});

test("other messages are no heartbeats, and a new leadership begins anew", () => {
  const { clock, pace, counted, send } = fixture();
  send(2n);
  clock.advance(1_000);
  send(2n, MessageType.app);
  assert.equal(counted.late, 0);
  pace.reset();
  send(2n);
  assert.equal(counted.late, 0);
});
