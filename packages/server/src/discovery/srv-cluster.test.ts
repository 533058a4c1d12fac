import assert from "node:assert/strict";
import { test } from "node:test";
import { type DnsResolver, type ServiceRecord, silentLogger } from "../ports/index.ts";
import { clusterFromSrv } from "./srv-cluster.ts";

const hosts: Record<string, string> = {
  "m1.example.com": "10.0.0.1",
  "m2.example.com": "10.0.0.2",
  "m3.example.com": "10.0.0.3",
  "10.0.0.1": "10.0.0.1",
};

/** A name server that knows the hosts above and these services. */
function dnsOf(services: Record<string, readonly ServiceRecord[]>): DnsResolver {
  return {
    async services(name) {
      if (services[name] === undefined) throw new Error(`lookup ${name}: no such host`);
      return services[name];
    },
    async address(host) {
      if (hosts[host] === undefined) throw new Error(`lookup ${host}: no such host`);
      return hosts[host];
    },
  };
}

function ask(dns: DnsResolver, more: { advertise?: string; serviceName?: string } = {}): Promise<string> {
  const { advertise = "http://10.0.0.1:2380", serviceName = "" } = more;
  const question = { domain: "example.com", serviceName, name: "infra1", advertisePeerUrls: [advertise] };
  return clusterFromSrv({ dns, log: silentLogger }, question);
}

const three = [3, 1, 2].map((i) => ({ host: `m${i}.example.com.`, port: 2380 }));

test("the record that resolves to an advertised address is this member, the others are numbered", async () => {
  assert.equal(
    await ask(dnsOf({ "_etcd-server._tcp.example.com": three })),
    "infra1=http://m1.example.com:2380,0=http://m2.example.com:2380,1=http://m3.example.com:2380",
  );
});

test("records of the secured service come first and give https addresses", async () => {
  const dns = dnsOf({ "_etcd-server-ssl._tcp.example.com": three.slice(1) });
  assert.equal(
    await ask(dns, { advertise: "https://m1.example.com:2380" }),
    "infra1=https://m1.example.com:2380,0=https://m2.example.com:2380",
  );
});

test("the service name is a suffix of both services", async () => {
  const asked: string[] = [];
  const dns = dnsOf({});
  const services = (name: string) => {
    asked.push(name);
    return dns.services(name);
  };
  await assert.rejects(ask({ ...dns, services }, { serviceName: "prod" }));
  assert.deepEqual(asked, ["_etcd-server-ssl-prod._tcp.example.com", "_etcd-server-prod._tcp.example.com"]);
});

test("a founder that does not resolve is left out", async () => {
  const dns = dnsOf({ "_etcd-server._tcp.example.com": [...three, { host: "gone.example.com", port: 2380 }] });
  assert.equal((await ask(dns)).split(",").length, 3);
});

const refusals: readonly (readonly [string, () => Promise<string>, string])[] = [
  [
    "no records at all",
    () => ask(dnsOf({})),
    "error querying DNS SRV records for _etcd-server-ssl lookup _etcd-server-ssl._tcp.example.com: no such host; " +
      "error querying DNS SRV records for _etcd-server lookup _etcd-server._tcp.example.com: no such host",
  ],
  [
    "this member is not among them",
    () => ask(dnsOf({ "_etcd-server._tcp.example.com": three.filter(({ host }) => host !== "m1.example.com.") })),
    'cannot find local etcd member "infra1" in SRV records',
  ],
  [
    "an advertised address that does not resolve",
    () => ask(dnsOf({ "_etcd-server._tcp.example.com": three }), { advertise: "http://nowhere:2380" }),
    "error querying DNS SRV records for _etcd-server-ssl lookup nowhere: no such host; " +
      "error querying DNS SRV records for _etcd-server lookup nowhere: no such host",
  ],
  [
    "this member's record has the other scheme",
    () => ask(dnsOf({ "_etcd-server-ssl._tcp.example.com": three.slice(1, 2) })),
    "error querying DNS SRV records for _etcd-server-ssl bootstrap at https://m1.example.com:2380 from DNS for " +
      "etcd-server-ssl has scheme mismatch with expected peer http://10.0.0.1:2380; " +
      "error querying DNS SRV records for _etcd-server lookup _etcd-server._tcp.example.com: no such host",
  ],
];
for (const [name, run, message] of refusals) test(`refused: ${name}`, () => assert.rejects(run(), { message }));
