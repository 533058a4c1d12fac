import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FakeClock } from "./fake-clock.ts";

test("timers run in order of due time, and equal times in order of setting", () => {
  const clock = new FakeClock();
  const ran: string[] = [];
  clock.setTimer(20, () => ran.push(`late at ${clock.nowMs()}`));
  clock.setTimer(10, () => ran.push(`first at ${clock.nowMs()}`));
  clock.setTimer(10, () => ran.push(`second at ${clock.nowMs()}`));
  clock.advance(15);
  assert.deepEqual(ran, ["first at 10", "second at 10"]);
  clock.advance(5);
  assert.deepEqual(ran.at(-1), "late at 20");
});

test("a timer set by a timer runs in the same advance when it is due", () => {
  const clock = new FakeClock();
  const at: number[] = [];
  const tick = () => {
    at.push(clock.nowMs());
    clock.setTimer(10, tick);
  };
  clock.setTimer(10, tick);
  clock.advance(35);
  assert.deepEqual(at, [10, 20, 30]);
  assert.equal(clock.nextTimerMs(), 40);
});

test("a cancelled timer never runs and leaves nothing behind", () => {
  const clock = new FakeClock();
  const timer = clock.setTimer(10, () => assert.fail("ran"));
  timer.cancel();
  timer.cancel();
  assert.equal(clock.pendingTimers, 0);
  assert.equal(clock.nextTimerMs(), undefined);
  clock.advance(20);
});

test("cancelling after the run does nothing", () => {
  const clock = new FakeClock();
  const timer = clock.setTimer(1, () => {});
  clock.advance(1);
  timer.cancel();
  assert.equal(clock.pendingTimers, 0);
});

test("endOfTurn work waits for the end of the turn, and follows each timer", () => {
  const clock = new FakeClock();
  const ran: string[] = [];
  clock.endOfTurn(() => {
    ran.push("a");
    clock.endOfTurn(() => ran.push("b"));
  });
  assert.equal(ran.length, 0);
  clock.runTurn();
  assert.deepEqual(ran, ["a", "b"]);
});

test("every timer is followed by the end of its own turn", () => {
  const clock = new FakeClock();
  const ran: string[] = [];
  clock.setTimer(1, () => {
    clock.endOfTurn(() => ran.push("flush"));
    ran.push("timer 1");
  });
  clock.setTimer(1, () => ran.push("timer 2"));
  clock.advance(1);
  assert.deepEqual(ran, ["timer 1", "flush", "timer 2"]);
});

test("the calendar follows time and can jump on its own", () => {
  const clock = new FakeClock({ wallMs: 1000 });
  clock.advance(5);
  assert.equal(clock.wallMs(), 1005);
  clock.jumpWall(-500);
  assert.equal(clock.wallMs(), 505);
  assert.equal(clock.nowMs(), 5);
});

test("any set of timers, some cancelled, runs as a sorted list would", () => {
  const timers = fc.array(fc.record({ delayMs: fc.integer({ min: 0, max: 50 }), cancel: fc.boolean() }));
  fc.assert(
    fc.property(timers, (planned) => {
      const clock = new FakeClock();
      const ran: number[] = [];
      const handles = planned.map(({ delayMs }, i) => clock.setTimer(delayMs, () => ran.push(i)));
      for (const [i, { cancel }] of planned.entries()) if (cancel) handles[i]!.cancel();
      clock.advance(25);
      const expected = [...planned.keys()]
        .filter((i) => !planned[i]!.cancel && planned[i]!.delayMs <= 25)
        .sort((a, b) => planned[a]!.delayMs - planned[b]!.delayMs || a - b);
      assert.deepEqual(ran, expected);
      assert.equal(clock.pendingTimers, planned.filter((timer) => !timer.cancel && timer.delayMs > 25).length);
    }),
  );
});
