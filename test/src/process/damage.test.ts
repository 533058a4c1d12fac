import assert from "node:assert/strict";
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { EtcdClient } from "../harness/index.ts";
import { EtcdProcess, endAll, freshDirectory, memberFlags, startMember } from "./etcd-process.ts";

after(endAll);

const marker = "a value that is easy to find";

/** A stopped member with ten small puts and a large one, and its one segment. */
async function writtenMember(dataDir: string): Promise<string> {
  const { etcd, endpoint } = await startMember(dataDir);
  const client = new EtcdClient(endpoint);
  for (let n = 0; n < 10; n++) await client.call("KV.Put", { key: Buffer.from(`k${n}`), value: Buffer.from(marker) });
  await client.call("KV.Put", { key: Buffer.from("large"), value: Buffer.alloc(8192, 7) });
  client.close();
  await etcd.stop();
  const wal = join(dataDir, "member", "wal");
  const [name = ""] = readdirSync(wal).filter((one) => one.endsWith(".wal"));
  return join(wal, name);
}

async function keyCount(endpoint: string): Promise<number> {
  const client = new EtcdClient(endpoint);
  const all = { key: Buffer.of(0), rangeEnd: Buffer.of(0), countOnly: true };
  const { count } = await client.call("KV.Range", all).finally(() => client.close());
  return Number(count);
}

function overwrite(path: string, at: number, bytes: Uint8Array): void {
  const file = openSync(path, "r+");
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

test("damage in the middle of the log is refused with file and offset, and nothing is changed", async (t) => {
  const dataDir = freshDirectory(t);
  const segment = await writtenMember(dataDir);
  const before = readFileSync(segment);
  overwrite(segment, before.indexOf(marker) + 3, Buffer.from("X"));
  const damaged = readFileSync(segment);
  const etcd = new EtcdProcess(memberFlags(dataDir));
  assert.deepEqual(await etcd.ended, { code: 1, signal: null });
  const error = String(etcd.log.find(({ level }) => level === "error")?.["error"]);
  assert.match(error, /0000000000000000-0000000000000000\.wal at \d+: expected .*, found /);
  assert.deepEqual(readFileSync(segment), damaged);
});

test("a record torn by a crash is cut away, kept in a copy, and what was before it is served", async (t) => {
  const dataDir = freshDirectory(t);
  const segment = await writtenMember(dataDir);
  // Of the last record, a put of 8 KiB, a sector never reached the disk; nor did the store, which is behind the log.
  const contents = readFileSync(segment);
  const sector = Math.ceil((contents.indexOf(Buffer.alloc(4096, 7)) + 512) / 512) * 512;
  overwrite(segment, sector, Buffer.alloc(512));
  rmSync(join(dataDir, "member", "store"), { recursive: true });
  const { etcd, endpoint } = await startMember(dataDir);
  await etcd.logged("repaired a torn record at the end of the WAL");
  assert.equal(await keyCount(endpoint), 10);
  await etcd.stop();
  assert.ok(readdirSync(join(dataDir, "member", "wal")).some((name) => name.endsWith(".broken")));
});

test("a store that was removed is made again from the log while the log reaches back to the beginning", async (t) => {
  const dataDir = freshDirectory(t);
  await writtenMember(dataDir);
  rmSync(join(dataDir, "member", "store"), { recursive: true });
  const { etcd, endpoint } = await startMember(dataDir);
  assert.equal(await keyCount(endpoint), 11);
  await etcd.stop();
});

test("a store that was removed is missed when the log begins behind a snapshot", async (t) => {
  const dataDir = freshDirectory(t);
  const flags = ["--snapshot-count", "5"];
  const { etcd, endpoint } = await startMember(dataDir, flags);
  const client = new EtcdClient(endpoint);
  for (let n = 0; n < 30; n++) await client.call("KV.Put", { key: Buffer.from(`k${n}`), value: Buffer.from(marker) });
  client.close();
  await etcd.logged("saved snapshot");
  await etcd.stop();
  rmSync(join(dataDir, "member", "store"), { recursive: true });
  const next = new EtcdProcess(memberFlags(dataDir, flags));
  assert.deepEqual(await next.ended, { code: 1, signal: null });
  const error = String(next.log.find(({ level }) => level === "error")?.["error"]);
  assert.match(error, /the live store is missing, and the snapshot file has the v2 keys only/);
});

test("a file that is no log in the place of one is refused", async (t) => {
  const dataDir = freshDirectory(t);
  const segment = await writtenMember(dataDir);
  writeFileSync(segment, "not a log at all, only text that somebody put here by mistake");
  const etcd = new EtcdProcess(memberFlags(dataDir));
  assert.deepEqual(await etcd.ended, { code: 1, signal: null });
  assert.match(etcd.stderr, /\.wal at 0: expected /);
});
