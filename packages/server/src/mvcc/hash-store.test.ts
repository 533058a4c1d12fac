import assert from "node:assert/strict";
import { test } from "node:test";
import { buckets } from "../ports/index.ts";
import { FakeClock, MemoryBackend } from "../testing/index.ts";
import { hashStore } from "./hash-store.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** The hash of a store with one entry in each bucket, and what `change` does to it. */
async function hashOf(change: (backend: MemoryBackend) => void = () => {}, clock = new FakeClock()): Promise<number> {
  const backend = new MemoryBackend();
  for (const bucket of Object.values(buckets)) backend.put(bucket, bytes("k"), bytes("v"));
  backend.put(buckets.meta, bytes("consistent_index"), bytes("12345678"));
  change(backend);
  return settled(hashStore({ backend, clock }), clock);
}

async function settled<T>(promise: Promise<T>, clock: FakeClock): Promise<T> {
  let done = false;
  void promise.finally(() => {
    done = true;
  });
  while (!done) {
    clock.runTurn();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return promise;
}

test("hashStore() differs when any bucket differs: a lease, a user, the v2 tree as well as a key", async () => {
  const hashes = new Set([await hashOf()]);
  for (const bucket of Object.values(buckets)) {
    hashes.add(await hashOf((backend) => backend.put(bucket, bytes("k"), bytes("w"))));
    hashes.add(await hashOf((backend) => backend.delete(bucket, bytes("k"))));
    hashes.add(await hashOf((backend) => backend.put(bucket, bytes("l"), bytes("v"))));
  }
  assert.equal(hashes.size, 1 + 3 * Object.keys(buckets).length);
});

test("hashStore() is the same wherever in the log the store is, and whatever of it was committed before", async () => {
  const moved = (backend: MemoryBackend) => {
    backend.put(buckets.meta, bytes("consistent_index"), bytes("87654321"));
    backend.put(buckets.meta, bytes("term"), bytes("00000007"));
  };
  assert.equal(await hashOf(moved), await hashOf());
  assert.equal(await hashOf((backend) => void backend.commit()), await hashOf());
});

test("hashStore() is of one moment, although it gives way between its slices", async () => {
  const clock = new FakeClock();
  const large = (backend: MemoryBackend) => {
    for (let n = 0; n < 20; n++) backend.put(buckets.key, bytes(`key${n}`), new Uint8Array(100_000).fill(n));
  };
  const expected = await hashOf(large);
  let turns = 0;
  const counting = {
    nowMs: () => clock.nowMs(),
    wallMs: () => clock.wallMs(),
    setTimer: clock.setTimer.bind(clock),
    endOfTurn(run: () => void) {
      turns++;
      clock.endOfTurn(run);
    },
  };
  const backend = new MemoryBackend();
  for (const bucket of Object.values(buckets)) backend.put(bucket, bytes("k"), bytes("v"));
  large(backend);
  const hashing = hashStore({ backend, clock: counting });
  while (turns === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  backend.put(buckets.v2, bytes("k"), bytes("later"));
  await backend.commit();
  assert.equal(await settled(hashing, clock), expected);
  assert.ok(turns >= 7, `two megabytes in ${turns} slices`);
});
