/** Founders that find each other by SRV records alone, asked of a name server in this process. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { EtcdClient, freePorts, NameServer } from "../harness/index.ts";
import { EtcdProcess, endAll, freshDirectory } from "./etcd-process.ts";
import { makeCa, makeCert } from "./make-certificates.ts";

after(endAll);

interface Founding {
  readonly scheme: "http" | "https";
  /** The name under which the records stand. */
  readonly service: string;
  readonly flags: readonly string[];
}

/** Three founders that are told a domain, and nothing of each other. */
async function found(t: TestContext, { scheme, service, flags }: Founding) {
  const ports = await freePorts(3);
  const names = await NameServer.open({ [service]: ports.map((port) => ({ host: "localhost", port })) });
  t.after(() => names.close());
  const client = "http://127.0.0.1:0";
  const founders = ports.map(
    (port, i) =>
      new EtcdProcess([
        ...["--name", `m${i}`, "--data-dir", freshDirectory(t), "--name-servers", names.address],
        ...["--listen-peer-urls", `${scheme}://127.0.0.1:${port}`],
        ...["--initial-advertise-peer-urls", `${scheme}://localhost:${port}`],
        ...["--listen-client-urls", client, "--advertise-client-urls", client, "--discovery-srv", "example.com"],
        ...flags,
      ]),
  );
  return { names, founders };
}

async function membersOf(founder: EtcdProcess): Promise<string[]> {
  const client = new EtcdClient(await founder.serving());
  try {
    const { members } = await client.call("Cluster.MemberList", {});
    return members.map(({ name }: { name: string }) => name).sort();
  } finally {
    client.close();
  }
}

test("founders find each other by SRV records", async (t) => {
  const { names, founders } = await found(t, { scheme: "http", service: "_etcd-server._tcp.example.com", flags: [] });
  for (const founder of founders) await founder.serving();
  assert.deepEqual(await membersOf(founders[0]!), ["m0", "m1", "m2"]);
  assert.ok(names.asked.includes("_etcd-server-ssl._tcp.example.com"), "https is asked for as well");
  for (const founder of founders) await founder.stop();
});

test("founders find each other over TLS by SRV records with a suffix", async (t) => {
  const dir = freshDirectory(t);
  await makeCa(dir, "ca");
  await makeCert(dir, "member", "ca", "DNS:localhost");
  const pair = ["--peer-cert-file", join(dir, "member.pem"), "--peer-key-file", join(dir, "member-key.pem")];
  const trust = ["--peer-trusted-ca-file", join(dir, "ca.pem"), "--peer-client-cert-auth"];
  const flags = ["--discovery-srv-name", "prod", ...pair, ...trust];
  const service = "_etcd-server-ssl-prod._tcp.example.com";
  const { founders } = await found(t, { scheme: "https", service, flags });
  for (const founder of founders) await founder.serving();
  assert.deepEqual(await membersOf(founders[1]!), ["m0", "m1", "m2"]);
  for (const founder of founders) await founder.stop();
});

test("a member that stands in no SRV record founds nothing, and says so", async (t) => {
  const service = "_etcd-server._tcp.example.com";
  const { founders } = await found(t, { scheme: "http", service, flags: ["--discovery-srv-name", "other"] });
  for (const founder of founders) assert.equal((await founder.ended).code, 1);
  assert.match(founders[0]!.stderr, /lookup _etcd-server-other\._tcp\.example\.com: no such host/);
});
