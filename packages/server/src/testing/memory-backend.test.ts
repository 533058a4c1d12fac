import assert from "node:assert/strict";
import { test } from "node:test";
import { backendContract, buckets } from "../ports/index.ts";
import { MemoryBackend, MemoryDisk } from "./memory-backend.ts";

async function open() {
  const disk = new MemoryDisk();
  const backend = new MemoryBackend({ disk });
  return {
    backend,
    async reopen() {
      await backend.close();
      return new MemoryBackend({ disk });
    },
  };
}

for (const { name, run } of backendContract) test(`MemoryBackend ${name}`, () => run(open, assert));

test("MemoryBackend fails every commit after a failed one", async () => {
  const backend = new MemoryBackend({
    beforeCommit: async () => {
      throw new Error("disk full");
    },
  });
  backend.put(buckets.key, Uint8Array.of(1), Uint8Array.of(1));
  await assert.rejects(backend.commit(), /disk full/);
  await assert.rejects(backend.commit(), /an earlier commit failed/);
});

test("MemoryBackend loses a running commit with the process", async () => {
  const disk = new MemoryDisk();
  const backend = new MemoryBackend({ disk });
  backend.put(buckets.key, Uint8Array.of(1), Uint8Array.of(1));
  const committed = backend.commit();
  backend.crash();
  await assert.rejects(committed, /the process was lost/);
  assert.equal(new MemoryBackend({ disk }).get(buckets.key, Uint8Array.of(1)), undefined);
});
