import assert from "node:assert/strict";
import { after, test } from "node:test";
import { EtcdClient } from "../harness/index.ts";
import { endAll, freshDirectory, runProgram, startMember } from "./etcd-process.ts";

after(endAll);

const noSpace = { code: 8, details: "etcdserver: mvcc: database space exceeded" };

test("the quota raises NOSPACE: writes are refused, reads and the way out are not, and disarming ends it", async (t) => {
  const { etcd, endpoint } = await startMember(freshDirectory(t), ["--quota-backend-bytes", `${4 * 1024 * 1024}`]);
  const client = new EtcdClient(endpoint);
  t.after(() => client.close());
  const put = (key: string, bytes: number) =>
    client.call("KV.Put", { key: Buffer.from(key), value: Buffer.alloc(bytes, 1) });
  let written = 0;
  const fill = async (): Promise<void> => {
    for (; written < 100; written++) await put("filler", 256 * 1024);
  };
  await assert.rejects(fill(), noSpace);
  assert.ok(written >= 4, `${written} puts fitted`);
  await assert.rejects(put("small", 1), noSpace);
  await assert.rejects(client.call("Lease.LeaseGrant", { TTL: 60 }), noSpace);
  const ctl = (...args: string[]) => runProgram("etcdctl", ["--endpoints", endpoint, ...args]);
  assert.match((await ctl("alarm", "list")).stdout, /^memberID:\d+ alarm:NOSPACE/);
  const health = await runProgram("curl", ["-sS", `http://${endpoint}/health`]);
  assert.equal(health.stdout.trim(), '{"health":"false"}');
  const { header, kvs } = await client.call("KV.Range", { key: Buffer.from("filler") });
  assert.equal(kvs.length, 1);
  await client.call("KV.DeleteRange", { key: Buffer.from("filler") });
  await client.call("KV.Compact", { revision: String(Number(header.revision) + 1), physical: true });
  await client.call("Maintenance.Defragment", {});
  await assert.rejects(put("small", 1), noSpace);
  assert.match((await ctl("alarm", "disarm")).stdout, /alarm:NOSPACE/);
  await put("small", 1);
  await etcd.stop();
});
