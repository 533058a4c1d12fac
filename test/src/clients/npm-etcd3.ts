/**
 * The npm package `etcd3` (1.1.2) through its own API, as an application uses it: put, get, delete, transactions, a
 * watcher that must see every change, leases that take their keys along, and a lock between two clients.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Etcd3 } from "etcd3";

/** Uses the client on a server; rejects at the first surprise. */
export async function checkNpmEtcd3(endpoint: string): Promise<void> {
  const client = new Etcd3({ hosts: `http://${endpoint}` });
  try {
    await checkKeys(client);
    await checkTransactions(client);
    await checkWatch(client);
    await checkLeases(client);
    await checkLocks(client, endpoint);
  } finally {
    client.close();
  }
}

async function checkKeys(client: Etcd3): Promise<void> {
  await client.put("npm/a").value("1");
  await client.put("npm/b").value(2);
  assert.equal(await client.get("npm/a").string(), "1");
  assert.equal(await client.get("npm/b").number(), 2);
  assert.equal(await client.get("npm/none").string(), null);
  assert.deepEqual(await client.getAll().prefix("npm/").strings(), { "npm/a": "1", "npm/b": "2" });
  assert.deepEqual(await client.getAll().prefix("npm/").sort("Key", "Descend").keys(), ["npm/b", "npm/a"]);
  assert.equal(await client.getAll().prefix("npm/").count(), 2);
  const { deleted } = await client.delete().key("npm/b");
  assert.equal(Number(deleted), 1);
  assert.equal(await client.get("npm/b").exists(), false);
}

async function checkTransactions(client: Etcd3): Promise<void> {
  const swap = (from: string, to: string): Promise<{ succeeded: boolean }> =>
    client.if("npm/a", "Value", "==", from).then(client.put("npm/a").value(to)).else(client.get("npm/a")).commit();
  assert.equal((await swap("1", "x")).succeeded, true);
  assert.equal((await swap("1", "y")).succeeded, false);
  assert.equal(await client.get("npm/a").string(), "x");
}

async function checkWatch(client: Etcd3): Promise<void> {
  const watcher = await client.watch().prefix("npm/w/").create();
  const seen: string[] = [];
  watcher.on("put", ({ key, value }) => seen.push(`put ${key} ${value}`));
  watcher.on("delete", ({ key }) => seen.push(`delete ${key}`));
  for (const number of [1, 2, 3]) await client.put(`npm/w/${number}`).value(number);
  const last = once(watcher, "delete");
  await client.delete().key("npm/w/2");
  await last;
  await watcher.cancel();
  assert.deepEqual(seen, ["put npm/w/1 1", "put npm/w/2 2", "put npm/w/3 3", "delete npm/w/2"]);
}

async function checkLeases(client: Etcd3): Promise<void> {
  const lease = client.lease(60);
  await lease.put("npm/leased").value("x");
  await lease.keepaliveOnce();
  assert.equal(await client.get("npm/leased").string(), "x");
  await lease.revoke();
  assert.equal(await client.get("npm/leased").exists(), false);
}

async function checkLocks(client: Etcd3, endpoint: string): Promise<void> {
  const other = new Etcd3({ hosts: `http://${endpoint}` });
  try {
    const lock = await client.lock("npm/mutex").ttl(10).acquire();
    await assert.rejects(other.lock("npm/mutex").ttl(10).acquire());
    await lock.release();
    await (await other.lock("npm/mutex").ttl(10).acquire()).release();
  } finally {
    other.close();
  }
}
