import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ClusterMember, eventually, freePorts, ProcessCluster } from "../harness/index.ts";

const cluster = new ProcessCluster();
/** Where a member answers as 0.4 did, by name. */
const oldPorts = new Map<string, number>();

before(async () => {
  for (const name of ["m1", "m2", "m3"]) await cluster.plan(name);
  const ports = await freePorts(3);
  await Promise.all(
    cluster.members.map((member, at) => {
      oldPorts.set(member.name, ports[at]!);
      const urls = `http://127.0.0.1:${member.ports[0]},http://127.0.0.1:${ports[at]}?dialect=0.4`;
      return cluster.run(member, "new", { flags: ["--listen-client-urls", urls] });
    }),
  );
});
after(() => cluster.stop());

function ask({ name }: ClusterMember, path: string, init: RequestInit = {}): Promise<Response> {
  const signal = AbortSignal.timeout(10_000);
  return fetch(`http://127.0.0.1:${oldPorts.get(name)}${path}`, { ...init, signal });
}

const write = (value: string) => ({ method: "PUT", body: new URLSearchParams({ value }) });

test("a follower's 0.4 address leads writes to the leader, query included, and reads are its own", async () => {
  const leader = await cluster.leader();
  const followers = cluster.members.filter((member) => member !== leader);
  assert.equal((await ask(leader, "/v2/keys/on-leader", write("1"))).status, 201);
  for (const follower of followers) {
    const refused = await ask(follower, "/v2/keys/a?prevExist=false", { ...write("1"), redirect: "manual" });
    assert.equal(refused.status, 307);
    const location = `http://127.0.0.1:${leader.ports[0]}/v2/keys/a?prevExist=false`;
    assert.equal(refused.headers.get("location"), location);
    const written = await ask(follower, `/v2/keys/on-${follower.name}`, write("1"));
    assert.equal(written.status, 201);
    await eventually("the follower has it", async () => {
      const read = await ask(follower, `/v2/keys/on-${follower.name}`, { redirect: "error" });
      return read.status === 200 ? true : undefined;
    });
  }
});

test("all machines are told, and who leads", async () => {
  const machines = cluster.members.map(({ ports }) => `http://127.0.0.1:${ports[0]}`).sort();
  const leader = await cluster.leader();
  for (const member of cluster.members) {
    assert.deepEqual((await (await ask(member, "/v2/machines")).text()).split(", ").sort(), machines);
    assert.equal(await (await ask(member, "/v2/leader")).text(), leader.peerUrl);
  }
});
