import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../testing/index.ts";
import { ConnectionDeadline } from "./connection-deadline.ts";

function start() {
  const clock = new FakeClock();
  const due: number[] = [];
  return { clock, due, deadline: new ConnectionDeadline(clock, () => due.push(clock.nowMs())) };
}

test("a deadline that is moved, later or earlier, is due once, at the last moment named", () => {
  const { clock, due, deadline } = start();
  deadline.set(100);
  clock.advance(50);
  deadline.set(100);
  deadline.set(200);
  deadline.set(80);
  clock.advance(1000);
  assert.deepEqual(due, [130]);
});

test("moving a deadline later sets no further timer", () => {
  const { clock, deadline } = start();
  for (let i = 0; i < 10; i++) {
    deadline.set(100 + i);
    deadline.lift();
  }
  assert.equal(clock.pendingTimers, 1);
});

test("a lifted deadline is not due, and can be set again", () => {
  const { clock, due, deadline } = start();
  deadline.set(100);
  deadline.lift();
  clock.advance(1000);
  assert.equal(clock.pendingTimers, 0);
  deadline.set(100);
  clock.advance(1000);
  assert.deepEqual(due, [1100]);
});

test("a cancelled deadline keeps no timer", () => {
  const { clock, due, deadline } = start();
  deadline.set(100);
  deadline.cancel();
  assert.equal(clock.pendingTimers, 0);
  clock.advance(1000);
  assert.deepEqual(due, []);
});
