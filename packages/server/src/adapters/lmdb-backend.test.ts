import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { backendContract, buckets } from "../ports/index.ts";
import { LmdbBackend } from "./lmdb-backend.ts";

const root = mkdtempSync(join(tmpdir(), "lmdb-backend-"));
after(() => rmSync(root, { recursive: true, force: true }));
let stores = 0;

async function open() {
  const path = join(root, `${stores++}`);
  const backend = LmdbBackend.open(path);
  return {
    backend,
    path,
    async reopen() {
      await backend.close();
      return LmdbBackend.open(path);
    },
  };
}

for (const { name, run } of backendContract) test(`LmdbBackend ${name}`, () => run(open, assert));

test("LmdbBackend shrinks its file by defragmentation and leaves one generation behind", async () => {
  const { backend, path } = await open();
  const keyOf = (n: number) => Uint8Array.of(n >> 8, n & 255);
  for (let n = 0; n < 2000; n++) backend.put(buckets.key, keyOf(n), new Uint8Array(1000));
  await backend.commit();
  for (let n = 0; n < 1990; n++) backend.delete(buckets.key, keyOf(n));
  await backend.commit();
  const before = backend.sizeBytes;
  assert.ok(backend.sizeInUseBytes < before / 10);
  await backend.defragment();
  assert.ok(backend.sizeBytes < before / 10);
  assert.deepEqual(readdirSync(path), ["live.2"]);
  assert.ok(statSync(join(path, "live.2", "data.mdb")).size < before / 2);
  assert.equal(backend.slice(buckets.key, { start: keyOf(0), limit: 100 }).length, 10);
  await backend.close();
});

test("LmdbBackend grows far beyond its first map size", async () => {
  const { backend } = await open();
  for (let round = 0; round < 8; round++) {
    for (let n = 0; n < 64; n++) backend.put(buckets.key, Uint8Array.of(round, n), new Uint8Array(64 * 1024).fill(n));
    await backend.commit();
    assert.equal(backend.get(buckets.key, Uint8Array.of(0, 5))?.[100], 5);
  }
  assert.ok(backend.sizeBytes > 32 * 1024 * 1024);
  await backend.close();
});
