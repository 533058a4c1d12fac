/**
 * A disk that fills up, on a small tmpfs: mounting it takes root, which continuous integration has. Elsewhere the test says why it
 * is skipped.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { EtcdClient } from "../harness/index.ts";
import { endAll, runProgram, startMember } from "./etcd-process.ts";

after(endAll);

const valueBytes = 256 * 1024;

/** Puts until one fails; answers how many were acknowledged, and the failure. */
async function putUntilRefused(client: EtcdClient): Promise<{ acknowledged: number; error: Error }> {
  for (let n = 0; n < 2000; n++) {
    try {
      await client.call("KV.Put", { key: Buffer.from(`k${n}`), value: Buffer.alloc(valueBytes, n % 251) });
    } catch (error) {
      return { acknowledged: n, error: error as Error };
    }
  }
  throw new Error("the disk never filled up");
}

async function countKeys(client: EtcdClient): Promise<number> {
  const range = { key: Buffer.from("k"), rangeEnd: Buffer.from("l"), countOnly: true, serializable: true };
  return Number((await client.call("KV.Range", range)).count);
}

test("a full disk stops writes with a clear error, loses nothing, and is overcome by a restart with space", async (t) => {
  const mountPoint = mkdtempSync(join(tmpdir(), "etcd-full-disk-"));
  t.after(async () => {
    await runProgram("umount", ["-l", mountPoint]);
    rmdirSync(mountPoint);
  });
  const mounted = await runProgram("mount", ["-t", "tmpfs", "-o", "size=220m", "tmpfs", mountPoint]);
  if (mounted.code !== 0) {
    assert.notEqual(process.env["CI"], "true", `cannot mount a tmpfs: ${mounted.stderr}`);
    return t.skip(`cannot mount a tmpfs: ${mounted.stderr}`);
  }
  const ballast = join(mountPoint, "ballast");
  const free = statfsSync(mountPoint);
  writeFileSync(ballast, Buffer.alloc(free.bavail * free.bsize - 140 * 1024 * 1024));
  const dataDir = join(mountPoint, "data");
  const { etcd, endpoint } = await startMember(dataDir);
  const client = new EtcdClient(endpoint);
  t.after(() => client.close());
  const { acknowledged, error } = await putUntilRefused(client);
  assert.ok(acknowledged > 10, `${acknowledged} puts`);
  assert.match(error.message, /etcdserver: server stopped|UNAVAILABLE|no space/);
  assert.deepEqual(await etcd.ended, { code: 1, signal: null }, etcd.stderr);
  assert.match(etcd.stderr, /ENOSPC|no space left|MDB_MAP_FULL/i);
  rmSync(ballast);
  const next = await startMember(dataDir);
  const later = new EtcdClient(next.endpoint);
  t.after(() => later.close());
  assert.ok((await countKeys(later)) >= acknowledged);
  await later.call("KV.Put", { key: Buffer.from("after"), value: Buffer.from("v") });
  await next.etcd.stop();
});
