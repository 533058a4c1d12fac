import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
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

/** The values of ten keys, in one string. */
function contentOf(source: { get(bucket: "key", key: Uint8Array): Uint8Array | undefined }): string {
  return Array.from({ length: 10 }, (_, n) => source.get(buckets.key, Uint8Array.of(n + 1))?.[0] ?? "-").join("");
}

function putAll(backend: LmdbBackend, value: number): Promise<void> {
  for (let n = 0; n < 10; n++) backend.put(buckets.key, Uint8Array.of(n + 1), new Uint8Array(3000).fill(value));
  return backend.commit();
}

test("LmdbBackend takes the whole store, old or new, wherever a process died in a defragmentation (etcd-io/etcd#14685)", async () => {
  const { backend, path } = await open();
  await putAll(backend, 1);
  await backend.close();
  const before = `${path}-before`;
  cpSync(path, before, { recursive: true });
  const again = LmdbBackend.open(path);
  await again.defragment();
  await putAll(again, 2);
  await again.close();
  const whole = join(path, "live.2");
  const deaths: [string, (dir: string) => void, string][] = [
    ["the copy was made in part", (dir) => halfCopy(join(dir, "partial.2"), join(dir, "live.1")), "1111111111"],
    ["the copy had no name yet", (dir) => cpSync(whole, join(dir, "partial.2"), { recursive: true }), "1111111111"],
    ["the old one was still there", (dir) => cpSync(whole, join(dir, "live.2"), { recursive: true }), "2222222222"],
  ];
  for (const [name, die, expected] of deaths) {
    const dir = `${path}-${name.replaceAll(" ", "-")}`;
    cpSync(before, dir, { recursive: true });
    die(dir);
    const found = LmdbBackend.open(dir);
    assert.equal(contentOf(found), expected, name);
    await putAll(found, 3);
    await found.defragment();
    await found.close();
    const reopened = LmdbBackend.open(dir);
    assert.equal(contentOf(reopened), "3333333333", name);
    await reopened.close();
    assert.equal(readdirSync(dir).length, 1);
  }
});

function halfCopy(to: string, from: string): void {
  mkdirSync(to);
  writeFileSync(join(to, "data.mdb"), new Uint8Array(statSync(join(from, "data.mdb")).size >> 1).fill(0xee));
}

test("LmdbBackend commits while a view of a replaced store is still open: a slow reader stops no writer", async () => {
  const { backend, path } = await open();
  await putAll(backend, 1);
  const view = backend.view();
  await backend.defragment();
  await putAll(backend, 2);
  assert.equal(contentOf(backend), "2222222222");
  assert.equal(contentOf(view), "1111111111");
  const again = backend.defragment();
  await putAll(backend, 3);
  view.close();
  await again;
  assert.equal(contentOf(backend), "3333333333");
  await backend.close();
  assert.deepEqual(readdirSync(path), ["live.3"]);
});

test("LmdbBackend keeps an open view whole through defragmentations and commits (etcd-io/etcd#20271, #20650)", async () => {
  const { backend, path } = await open();
  await putAll(backend, 1);
  const view = backend.view();
  const done: Promise<void>[] = [];
  for (let round = 2; round < 6; round++) done.push(putAll(backend, round), backend.defragment());
  // The first defragmentation makes its copy the store; the next one waits for the view.
  for (let after = 0; after < 200; after += readdirSync(path).includes("live.2") ? 1 : 0) {
    assert.equal(contentOf(view), "1111111111");
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  view.close();
  await Promise.all(done);
  assert.equal(contentOf(backend), "5555555555");
  const last = backend.view();
  assert.equal(contentOf(last), "5555555555");
  last.close();
  await backend.close();
  const reopened = LmdbBackend.open(path);
  assert.equal(contentOf(reopened), "5555555555");
  await reopened.close();
});

test("LmdbBackend leaves nothing behind of a content that ended before it was whole", async () => {
  const { backend, path } = await open();
  await putAll(backend, 1);
  async function* half() {
    for (let n = 0; n < 10; n++)
      yield { bucket: buckets.key, key: Uint8Array.of(n + 1), value: new Uint8Array(3000).fill(9) };
    throw new Error("the connection was cut off");
  }
  await assert.rejects(backend.replace(half()), { message: "the connection was cut off" });
  assert.deepEqual(readdirSync(path), ["live.1"]);
  assert.equal(contentOf(backend), "1111111111");
  await backend.close();
});
