import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../testing/index.ts";
import { ReadRounds } from "./read-rounds.ts";

function fixture(nonce: bigint) {
  const clock = new FakeClock();
  const asked: Uint8Array[] = [];
  const seen: string[] = [];
  const counted = { slow: 0, failed: 0 };
  const rounds = new ReadRounds(
    {
      clock,
      nonce,
      ask: (context) => void asked.push(context),
      onSlow: (count) => {
        counted.slow += count;
      },
      onFailed: (count) => {
        counted.failed += count;
      },
    },
    { timeoutMs: 7_000, countMax: 10 },
  );
  const read = (name: string) => {
    rounds.add((error) => void seen.push(error === undefined ? name : `${name}: ${error.message}`));
    clock.runTurn();
  };
  return { clock, asked, seen, counted, rounds, read };
}

test("20418, 21378: an answer to another member, or to this one before it restarted, answers no read", () => {
  const before = fixture(1n);
  before.read("old");
  const now = fixture(2n);
  now.read("new");
  now.rounds.confirm([{ context: before.asked[0]!, index: 5 }]);
  now.rounds.confirm([{ context: new Uint8Array(3), index: 5 }]);
  now.rounds.release(100);
  assert.deepEqual(now.seen, []);
  now.rounds.confirm([{ context: now.asked[0]!, index: 5 }]);
  now.rounds.release(5);
  assert.deepEqual(now.seen, ["new"]);
});

test("21378: a read that was asked of the leader before fails at once when there is a new one", () => {
  const { rounds, seen, asked, counted, read } = fixture(1n);
  read("a");
  rounds.leaderChanged();
  assert.deepEqual(seen, ["a: etcdserver: leader changed"]);
  assert.equal(counted.failed, 1);
  rounds.confirm([{ context: asked[0]!, index: 1 }]);
  rounds.release(1);
  assert.equal(seen.length, 1);
});

test("an unanswered round is asked again every half second, and given up after the time of a request", () => {
  const { clock, rounds, seen, asked, counted, read } = fixture(1n);
  read("a");
  read("b");
  for (let at = 0; at < 7_000; at += 100) {
    clock.advance(100);
    rounds.tick();
  }
  assert.deepEqual(seen, ["a: etcdserver: request timed out", "b: etcdserver: request timed out"]);
  assert.equal(counted.slow, 2);
  assert.equal(asked.length, 2 + 13);
});
