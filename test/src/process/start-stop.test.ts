import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { EtcdClient } from "../harness/index.ts";
import {
  anyPortUrl,
  EtcdProcess,
  endAll,
  freshDirectory,
  memberFlags,
  memberFlagsAt,
  runProgram,
  startMember,
} from "./etcd-process.ts";

after(endAll);

const bytes = (text: string) => Buffer.from(text);

async function put(endpoint: string, key: string, value = "v"): Promise<void> {
  const client = new EtcdClient(endpoint);
  await client.call("KV.Put", { key: bytes(key), value: bytes(value) }).finally(() => client.close());
}

async function get(endpoint: string, key: string): Promise<string | undefined> {
  const client = new EtcdClient(endpoint);
  const { kvs } = await client.call("KV.Range", { key: bytes(key) }).finally(() => client.close());
  return kvs[0]?.value.toString();
}

test("a fresh start logs JSON lines with etcd's field names and founds the cluster", async (t) => {
  const { etcd, endpoint } = await startMember(freshDirectory(t));
  for (const line of etcd.log) {
    assert.match(String(line["level"]), /^(info|warn)$/);
    assert.match(String(line["ts"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(typeof line["msg"], "string");
  }
  const starting = await etcd.logged("starting local member");
  assert.match(String(starting["local-member-id"]), /^[0-9a-f]{1,16}$/);
  assert.match(String(starting["cluster-id"]), /^[0-9a-f]{1,16}$/);
  await put(endpoint, "a");
  assert.equal(await get(endpoint, "a"), "v");
  assert.deepEqual(await etcd.stop(), { code: 0, signal: null });
});

test("SIGTERM ends with 0 although a watch is open, and everything is there after the next start", async (t) => {
  const dataDir = freshDirectory(t);
  const { etcd, endpoint } = await startMember(dataDir);
  const client = new EtcdClient(endpoint);
  t.after(() => client.close());
  const watch = client.stream("Watch.Watch");
  watch.on("error", () => {});
  const created = new Promise((resolve) => watch.once("data", resolve));
  watch.write({ createRequest: { key: bytes("a") } });
  await created;
  for (let n = 0; n < 50; n++) await put(endpoint, `k${n}`, `${n}`);
  assert.deepEqual(await etcd.stop(), { code: 0, signal: null });
  const next = await startMember(dataDir);
  assert.equal(await get(next.endpoint, "k49"), "49");
  assert.deepEqual(await next.etcd.stop(), { code: 0, signal: null });
});

test("a second SIGTERM ends the process at once and loses nothing", async (t) => {
  const dataDir = freshDirectory(t);
  const { etcd, endpoint } = await startMember(dataDir);
  await put(endpoint, "a");
  const client = new EtcdClient(endpoint);
  t.after(() => client.close());
  const watch = client.stream("Watch.Watch");
  watch.on("error", () => {});
  const created = new Promise((resolve) => watch.once("data", resolve));
  watch.write({ createRequest: { key: bytes("a") } });
  await created;
  etcd.kill("SIGTERM");
  await etcd.logged("received signal; shutting down");
  etcd.kill("SIGTERM");
  const { code } = await etcd.ended;
  assert.ok(code === 1 || code === 0, `exit code ${code}`);
  const next = await startMember(dataDir);
  assert.equal(await get(next.endpoint, "a"), "v");
  await next.etcd.stop();
});

test("SIGKILL right after an acknowledged put keeps it", async (t) => {
  const dataDir = freshDirectory(t);
  for (let life = 0; life < 3; life++) {
    const { etcd, endpoint } = await startMember(dataDir);
    if (life > 0) assert.equal(await get(endpoint, "life"), `${life - 1}`);
    await put(endpoint, "life", `${life}`);
    etcd.kill("SIGKILL");
    await etcd.ended;
  }
});

test("a second process on the same data directory is refused in one line and harms nothing", async (t) => {
  const dataDir = freshDirectory(t);
  const { etcd, endpoint } = await startMember(dataDir);
  const second = new EtcdProcess(memberFlags(dataDir));
  assert.deepEqual(await second.ended, { code: 1, signal: null });
  const errors = second.log.filter(({ level }) => level === "error");
  assert.equal(errors.length, 1);
  assert.match(String(errors[0]?.["error"]), /in use|another process/);
  await put(endpoint, "a");
  assert.equal(await get(endpoint, "a"), "v");
  await etcd.stop();
});

test("a port in use is refused with its address", async (t) => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
  t.after(() => blocker.close());
  const { port } = blocker.address() as { port: number };
  const url = `http://127.0.0.1:${port}`;
  const etcd = new EtcdProcess(memberFlagsAt(freshDirectory(t), url));
  assert.deepEqual(await etcd.ended, { code: 1, signal: null });
  const error = etcd.log.find(({ level }) => level === "error");
  assert.match(String(error?.["error"]), new RegExp(`address already in use.*:${port}`));
});

test("a data directory without permission is refused with its path", async (t) => {
  const isRoot = process.getuid?.() === 0;
  const parent = join(freshDirectory(t), "locked");
  mkdirSync(parent, { mode: isRoot ? 0o700 : 0o500 });
  const etcd = new EtcdProcess(memberFlags(join(parent, "data")), isRoot ? { uid: 65_534 } : {});
  assert.deepEqual(await etcd.ended, { code: 1, signal: null });
  const error = etcd.log.find(({ level }) => level === "error");
  assert.match(String(error?.["error"]), /locked.*(EACCES|permission denied)/);
});

test("a unix socket serves gRPC", async (t) => {
  const path = join(freshDirectory(t), "etcd.sock");
  const url = `unix://${path}`;
  const etcd = new EtcdProcess(memberFlagsAt(freshDirectory(t), url));
  assert.equal(await etcd.serving(), path);
  const said = await runProgram("curl", ["-sS", "--unix-socket", path, "http://localhost/health"]);
  assert.equal(said.stdout, '{"health":"true"}');
  await put(url, "a");
  assert.equal(await get(url, "a"), "v");
  await etcd.stop();
  assert.equal(existsSync(path), false);
});

test("--config-file and ETCD_ variables configure a member", async (t) => {
  const dataDir = freshDirectory(t);
  const file = join(freshDirectory(t), "etcd.yml");
  const any = anyPortUrl;
  const urls = `listen-client-urls: ${any}\nadvertise-client-urls: ${any}\nlisten-peer-urls: ${any}\n`;
  writeFileSync(file, `data-dir: ${join(dataDir, "a")}\n${urls}`);
  const fromFile = new EtcdProcess(["--config-file", file]);
  await fromFile.serving();
  await fromFile.stop();
  assert.ok(existsSync(join(dataDir, "a", "member", "wal")));
  const fromVariables = new EtcdProcess([], {
    env: {
      ETCD_DATA_DIR: join(dataDir, "b"),
      ETCD_LISTEN_CLIENT_URLS: any,
      ETCD_ADVERTISE_CLIENT_URLS: any,
      ETCD_LISTEN_PEER_URLS: any,
    },
  });
  await fromVariables.serving();
  await fromVariables.stop();
  assert.ok(existsSync(join(dataDir, "b", "member", "wal")));
});
