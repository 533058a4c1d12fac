import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../testing/index.ts";
import { Proposer } from "./proposer.ts";

function fixture({ countMax = 10 } = {}) {
  const clock = new FakeClock();
  const batches: number[][] = [];
  const state = { ready: true, result: "accepted" as "accepted" | "dropped" };
  const proposer = new Proposer(
    {
      clock,
      ready: () => state.ready,
      propose: (entries) => {
        batches.push(entries.map((entry) => entry[0]!));
        return state.result;
      },
    },
    { timeoutMs: 1000, countMax },
  );
  const outcomes: string[] = [];
  const add = (id: number, isWanted?: () => boolean) =>
    proposer.add(
      { id: BigInt(id), data: Uint8Array.of(id), isWanted },
      (error) => void outcomes.push(`${id}:${error?.message ?? "ok"}`),
    );
  return { clock, batches, state, proposer, outcomes, add };
}

test("proposals of one turn are handed over together, at its end", () => {
  const { clock, batches, add } = fixture();
  add(1);
  add(2);
  assert.deepEqual(batches, []);
  clock.runTurn();
  add(3);
  clock.runTurn();
  assert.deepEqual(batches, [[1, 2], [3]]);
});

test("proposals wait while there is no leader, and leave in their order", () => {
  const { clock, batches, state, proposer, add } = fixture();
  state.ready = false;
  add(1);
  clock.runTurn();
  add(2);
  clock.runTurn();
  assert.deepEqual(batches, []);
  state.ready = true;
  proposer.schedule();
  clock.runTurn();
  assert.deepEqual(batches, [[1, 2]]);
});

test("a batch that the core drops is offered again", () => {
  const { clock, batches, state, proposer, add } = fixture();
  state.result = "dropped";
  add(1);
  clock.runTurn();
  state.result = "accepted";
  add(2);
  proposer.schedule();
  clock.runTurn();
  assert.deepEqual(batches, [[1], [1, 2]]);
});

test("a proposal that was given up is not handed over any more", () => {
  const { clock, batches, state, proposer, outcomes, add } = fixture();
  state.ready = false;
  add(1);
  clock.runTurn();
  clock.advance(1000);
  proposer.expire(({ startedMs, wasProposed }) => new Error(`late ${startedMs} ${wasProposed}`));
  state.ready = true;
  add(2);
  clock.runTurn();
  assert.deepEqual(batches, [[2]]);
  assert.deepEqual(outcomes, ["1:late 0 false"]);
});

test("beyond the bound a proposal is refused at once", () => {
  const { batches, clock, outcomes, add } = fixture({ countMax: 1 });
  add(1);
  add(2);
  clock.runTurn();
  assert.deepEqual(batches, [[1]]);
  assert.deepEqual(outcomes, ["2:etcdserver: too many requests"]);
});

test("a proposal that got as far as the core says so when its time is over", () => {
  const { clock, proposer, outcomes, add } = fixture();
  add(1);
  clock.advance(1000);
  proposer.expire(({ wasProposed }) => new Error(`proposed ${wasProposed}`));
  assert.deepEqual(outcomes, ["1:proposed true"]);
});

test("a proposal that is not wanted any more when the core could take it is given up, not handed over", () => {
  const { clock, batches, state, proposer, outcomes, add } = fixture();
  let leads = true;
  state.ready = false;
  add(1, () => leads);
  add(2);
  clock.runTurn();
  leads = false;
  state.ready = true;
  proposer.schedule();
  clock.runTurn();
  assert.deepEqual(batches, [[2]]);
  assert.deepEqual(outcomes, ["1:etcdserver: leader changed"]);
});
