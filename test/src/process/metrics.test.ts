import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { EtcdClient } from "../harness/index.ts";
import { endAll, freshDirectory, runProgram, startMember } from "./etcd-process.ts";

after(endAll);

/** `name type` of each family that etcd 3.4.23 exports, without the Go runtime's own and the gRPC proxy's. */
const recorded = readFileSync(new URL("../../src/process/testdata/metrics-3.4.23.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

/** What is not there, and why. */
const absent: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/^etcd_debugging_disk_backend_commit_/, "bbolt's own steps; the store is LMDB"],
  [/^etcd_debugging_auth_revision/, "needs auth"],
  [/^etcd_network_/, "appear with the first peer"],
  [/^promhttp_/, "Go's metrics page"],
];

async function scrape(endpoint: string): Promise<string> {
  const { stdout } = await runProgram("curl", ["-sS", `http://${endpoint}/metrics`]);
  return stdout;
}

function familiesOf(text: string): Set<string> {
  return new Set([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`));
}

test("every metric of etcd 3.4.23 that one member can feed is exported, with its type", async (t) => {
  const { etcd, endpoint } = await startMember(freshDirectory(t), ["--compat", "3.4"]);
  const client = new EtcdClient(endpoint);
  await client.call("KV.Put", { key: Buffer.from("a"), value: Buffer.from("v") }).finally(() => client.close());
  const families = familiesOf(await scrape(endpoint));
  const missing = recorded.filter((family) => !families.has(family) && !absent.some(([name]) => name.test(family)));
  assert.deepEqual(missing, []);
  await etcd.stop();
});

test("requests count by the client's API version; --metrics extensive adds the time of calls", async (t) => {
  const { etcd, endpoint } = await startMember(freshDirectory(t), ["--metrics", "extensive"]);
  const put = await runProgram("etcdctl", ["--endpoints", endpoint, "put", "a", "b"]);
  assert.equal(put.stdout, "OK\n", put.stderr);
  const text = await scrape(endpoint);
  assert.match(text, /^etcd_server_client_requests_total\{type="unary",client_api_version="3\.4"\} 1$/m);
  assert.match(text, /^grpc_server_handling_seconds_count\{grpc_type="unary",[^}]*grpc_method="Put"\} 1$/m);
  await etcd.stop();
});

test("--listen-metrics-urls serves metrics and health and nothing else", async (t) => {
  const path = `${freshDirectory(t)}/metrics.sock`;
  const { etcd } = await startMember(freshDirectory(t), ["--listen-metrics-urls", `unix://${path}`]);
  const ask = (page: string) => runProgram("curl", ["-sS", "--unix-socket", path, `http://localhost${page}`]);
  assert.match((await ask("/metrics")).stdout, /^etcd_server_has_leader 1$/m);
  assert.equal((await ask("/health")).stdout, '{"health":"true"}');
  assert.match((await ask("/version")).stdout, /404/);
  await etcd.stop();
});
