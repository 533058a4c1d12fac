/** A disk that fills up: a small tmpfs where this process may mount one, else a shortage simulated inside the server. */
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { EtcdClient, makeSmallDisk } from "../harness/index.ts";
import { endAll, startMember } from "./etcd-process.ts";

after(endAll);

const mebibyte = 1024 * 1024;
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
  const disk = makeSmallDisk(join(tmpdir(), `etcd-small-disk-${process.pid}`), 220 * mebibyte);
  t.after(() => disk.remove());
  disk.fill(140 * mebibyte);
  t.diagnostic(`the disk is ${disk.kind}`);
  const dataDir = join(disk.dir, "data");
  const { etcd, endpoint } = await startMember(dataDir, [], disk.env);
  const client = new EtcdClient(endpoint);
  t.after(() => client.close());
  const { acknowledged, error } = await putUntilRefused(client);
  assert.ok(acknowledged > 10, `${acknowledged} puts`);
  assert.match(error.message, /etcdserver: server stopped|UNAVAILABLE|no space/);
  assert.deepEqual(await etcd.ended, { code: 1, signal: null }, etcd.stderr);
  assert.match(etcd.stderr, /ENOSPC|no space left|MDB_MAP_FULL/i);
  disk.makeRoom();
  const next = await startMember(dataDir, [], disk.env);
  const later = new EtcdClient(next.endpoint);
  t.after(() => later.close());
  assert.ok((await countKeys(later)) >= acknowledged);
  await later.call("KV.Put", { key: Buffer.from("after"), value: Buffer.from("v") });
  await next.etcd.stop();
});
