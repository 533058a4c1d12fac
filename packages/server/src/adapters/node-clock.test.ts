import assert from "node:assert/strict";
import { test } from "node:test";
import { NodeClock } from "./node-clock.ts";

const settle = (clock: NodeClock) => new Promise<void>((done) => clock.endOfTurn(done));

test("monotonic time goes forward and wall time is the calendar's", () => {
  const clock = new NodeClock();
  const first = clock.nowMs();
  assert.ok(clock.nowMs() >= first);
  assert.ok(Math.abs(clock.wallMs() - Date.now()) < 1000);
});

test("a timer runs once and not before its time", async () => {
  const clock = new NodeClock();
  const startMs = clock.nowMs();
  const elapsedMs = await new Promise<number>((done) => clock.setTimer(2.5, () => done(clock.nowMs() - startMs)));
  assert.ok(elapsedMs >= 2.5, `${elapsedMs}`);
});

test("a cancelled timer does not run, and a delay of years is not cut short", async () => {
  const clock = new NodeClock();
  let ran = 0;
  clock.setTimer(0, () => ran++).cancel();
  const far = clock.setTimer(1e12, () => ran++);
  await new Promise<void>((done) => clock.setTimer(5, done));
  far.cancel();
  far.cancel();
  assert.equal(ran, 0);
});

test("end-of-turn work runs in order, after the current turn, with one immediate for all", async () => {
  const clock = new NodeClock();
  const order: string[] = [];
  const real = globalThis.setImmediate;
  let immediates = 0;
  globalThis.setImmediate = ((run: () => void) => {
    immediates++;
    return real(run);
  }) as typeof setImmediate;
  try {
    for (let i = 0; i < 100; i++) clock.endOfTurn(() => order.push(`${i}`));
    order.push("turn");
  } finally {
    globalThis.setImmediate = real;
  }
  await settle(clock);
  assert.equal(immediates, 1);
  assert.deepEqual(order, ["turn", ...Array.from({ length: 100 }, (_, i) => `${i}`)]);
});

test("work handed over at the end of a turn waits for the end of the next", async () => {
  const clock = new NodeClock();
  const order: string[] = [];
  clock.endOfTurn(() => {
    clock.endOfTurn(() => order.push("second turn"));
    order.push("first turn");
  });
  clock.endOfTurn(() => order.push("still first"));
  await settle(clock);
  await settle(clock);
  assert.deepEqual(order, ["first turn", "still first", "second turn"]);
});
