import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../testing/index.ts";
import { Proposer } from "./proposer.ts";

function fixture({ countMax = 10 } = {}) {
  const clock = new FakeClock();
  const batches: number[][] = [];
  const sizes: number[] = [];
  const state = { ready: true, result: "accepted" as "accepted" | "dropped", takenMax: Number.POSITIVE_INFINITY };
  const proposer = new Proposer(
    {
      clock,
      ready: () => state.ready,
      propose: (entries) => {
        batches.push(entries.map((entry) => entry[0]!));
        sizes.push(entries.reduce((sum, { length }) => sum + length, 0));
        return batches.length > state.takenMax ? "dropped" : state.result;
      },
    },
    { timeoutMs: 1000, countMax },
  );
  const outcomes: string[] = [];
  const add = (id: number, isWanted?: () => boolean, sizeBytes = 1) =>
    proposer.add(
      { id: BigInt(id), data: new Uint8Array(sizeBytes).fill(id), isWanted },
      (error) => void outcomes.push(`${id}:${error?.message ?? "ok"}`),
    );
  const addSized = (id: number, sizeBytes: number) => add(id, undefined, sizeBytes);
  return { clock, batches, sizes, state, proposer, outcomes, add, addSized };
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

test("a turn's proposals are handed over in batches of a bounded size, or of one that is larger", () => {
  const { clock, batches, sizes, addSized } = fixture();
  for (const [id, kib] of [500, 500, 100, 2000, 1, 1].entries()) addSized(id, kib * 1024);
  clock.runTurn();
  assert.deepEqual(batches, [[0, 1], [2], [3], [4, 5]]);
  assert.deepEqual(
    sizes.map((size) => size / 1024),
    [1000, 100, 2000, 2],
  );
});

test("a turn's proposals are handed over in batches of a bounded number", () => {
  const { clock, sizes, addSized } = fixture({ countMax: 10_000 });
  for (let id = 0; id < 10_000; id++) addSized(id, 1);
  clock.runTurn();
  assert.deepEqual(sizes, [4096, 4096, 1808]);
});

test("the batches that the core did not take are offered again, and no other", () => {
  const { clock, batches, state, proposer, addSized } = fixture();
  state.takenMax = 1;
  for (const id of [1, 2, 3]) addSized(id, 700 * 1024);
  clock.runTurn();
  assert.deepEqual(batches, [[1], [2]]);
  state.takenMax = Number.POSITIVE_INFINITY;
  proposer.schedule();
  clock.runTurn();
  assert.deepEqual(batches.slice(2), [[2], [3]]);
});

test("proposals given up without a leader are not kept, however long clients go on trying", () => {
  const { clock, batches, state, proposer, outcomes, addSized } = fixture();
  state.ready = false;
  const mebibytes = 100 * 1024 * 1024;
  for (let id = 0; id < 20; id += 2) {
    addSized(id, mebibytes);
    addSized(id + 1, mebibytes);
    clock.runTurn();
    clock.advance(1000);
    proposer.expire(() => new Error("late"));
  }
  assert.equal(outcomes.filter((outcome) => outcome.endsWith("late")).length, 20);
  for (const id of [20, 21, 22]) addSized(id, mebibytes);
  assert.equal(outcomes.at(-1), "22:etcdserver: too many requests");
  state.ready = true;
  proposer.schedule();
  clock.runTurn();
  assert.deepEqual(batches, [[20], [21]]);
});

test("who is told that its proposal is not wanted any more may propose again at once", () => {
  const { clock, batches, proposer } = fixture();
  const again = () => proposer.add({ id: 2n, data: Uint8Array.of(2) }, () => {});
  proposer.add({ id: 1n, data: Uint8Array.of(1), isWanted: () => false }, again);
  clock.runTurn();
  clock.runTurn();
  assert.deepEqual(batches, [[2]]);
});
