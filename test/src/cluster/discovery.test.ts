import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { EtcdClient, freePorts, ServerProcess } from "../harness/index.ts";

const binary = new URL("../../../bin/etcd", import.meta.url).pathname;
const startTimeoutMs = 60_000;
let service: ServerProcess;
let client: EtcdClient;
const running: ServerProcess[] = [];

before(async () => {
  service = await ServerProcess.start({ binary });
  client = new EtcdClient(service.endpoint);
});
after(async () => {
  client.close();
  await Promise.all([service, ...running].map((server) => server.stop()));
});

/** Starts a founder that has been given nothing but the meeting place. */
async function spawn(name: string, flags: readonly string[]): Promise<ServerProcess> {
  const founder = await ServerProcess.spawn({ binary, foundsAlone: false, flags: ["--name", name, ...flags] });
  running.push(founder);
  return founder;
}

/** Three founders meet, are one cluster, and have no place for a fourth. */
async function meet(flags: readonly string[]): Promise<void> {
  const founders = [];
  for (const name of ["m1", "m2", "m3"]) founders.push(await spawn(name, flags));
  await Promise.all(founders.map((founder) => founder.waitUntilHealthy(startTimeoutMs)));
  const member = new EtcdClient(founders[0]!.endpoint);
  const { members } = await member.call("Cluster.MemberList", {});
  member.close();
  assert.deepEqual(members.map(({ name }: { name: string }) => name).sort(), ["m1", "m2", "m3"]);
  const late = await spawn("m4", flags);
  assert.equal((await late.exited).code, 1);
  assert.match(late.output, /failed to join discovery cluster \(discovery: cluster is full\)/);
}

test("founders meet in the v3 key space of our own server", async () => {
  const [port = 0] = await freePorts(1);
  const flags = ["--discovery-token", "t1", "--discovery-endpoints", `127.0.0.1:${port},http://${service.endpoint}`];
  const lost = await spawn("m0", flags);
  assert.equal((await lost.exited).code, 1, "without a size nobody waits");
  assert.match(lost.output, /failed to join discovery cluster \(discovery: size key not found\)/);
  const size = { key: Buffer.from("/_etcd/registry/t1/_config/size"), value: Buffer.from("3") };
  await client.call("KV.Put", size);
  await meet(flags);
});

test("founders meet in the v2 key space of our own server", async () => {
  const url = `http://${service.endpoint}/v2/keys/meeting/1`;
  const body = new URLSearchParams({ value: "3" });
  assert.equal((await fetch(`${url}/_config/size`, { method: "PUT", body })).status, 201);
  await meet(["--discovery", url]);
});
