import assert from "node:assert/strict";
import { test } from "node:test";
import { addressMismatch } from "./remote-address.ts";

const hostsAt: Record<string, string[]> = { "10.0.0.1": ["M1.example.com."], "10.0.0.9": ["stranger.example.org."] };
const addressesOf: Record<string, string[]> = {
  "m2.example.com": ["10.0.0.7", "10.0.0.2"],
  "m6.example.com": ["fd00:0:0::6"],
};

const lookup = {
  names: async (address: string) => hostsAt[address] ?? Promise.reject(new Error(`lookup ${address}: no such host`)),
  addresses: async (host: string) => addressesOf[host] ?? Promise.reject(new Error(`lookup ${host}: no such host`)),
};

const mismatch = (remote: string, names: { addresses?: string[]; hosts?: string[] }) =>
  addressMismatch(lookup, { addresses: [], hosts: [], ...names }, remote);

const fitting: readonly (readonly [string, string, { addresses?: string[]; hosts?: string[] }])[] = [
  ["a certificate without alternative names", "10.0.0.9", {}],
  ["the address", "10.0.0.9", { addresses: ["10.0.0.8", "10.0.0.9"] }],
  ["the address, although the connection came over IPv6", "::ffff:10.0.0.9", { addresses: ["10.0.0.9"] }],
  ["IPv6 written out", "fd00::1", { addresses: ["FD00:0:0:0:0:0:0:1"] }],
  ["a link-local address with its zone", "fe80::1%eth0", { addresses: ["FE80:0:0:0:0:0:0:1"] }],
  ["a name of the address", "10.0.0.1", { hosts: ["m1.example.com"] }],
  ["a name of the address under a wildcard", "10.0.0.1", { hosts: ["*.example.com"] }],
  ["an address of the name, without a reverse entry", "10.0.0.2", { hosts: ["unknown", "m2.example.com"] }],
  ["an IPv6 address of the name", "fd00::6", { hosts: ["m6.example.com"] }],
  ["a name, although the addresses are others", "10.0.0.1", { addresses: ["10.0.0.3"], hosts: ["m1.example.com"] }],
];
for (const [name, remote, names] of fitting)
  test(`fits: ${name}`, async () => assert.equal(await mismatch(remote, names), undefined));

const refused: readonly (readonly [string, string, { addresses?: string[]; hosts?: string[] }, string])[] = [
  [
    "another address",
    "10.0.0.1",
    { addresses: ["10.0.0.2", "10.0.0.3"] },
    "x509: certificate is valid for 10.0.0.2, 10.0.0.3, not 10.0.0.1",
  ],
  [
    "other names, and the last look-up that failed",
    "10.0.0.9",
    { hosts: ["m2.example.com", "gone"] },
    'tls: "10.0.0.9" does not match any of DNSNames ["m2.example.com" "gone"] (lookup gone: no such host)',
  ],
  [
    "a wildcard, which is not looked up",
    "10.0.0.2",
    { hosts: ["*.example.com"] },
    'tls: "10.0.0.2" does not match any of DNSNames ["*.example.com"] (lookup 10.0.0.2: no such host)',
  ],
  [
    "the domain under its own wildcard",
    "10.0.0.9",
    { hosts: ["*.stranger.example.org"] },
    'tls: "10.0.0.9" does not match any of DNSNames ["*.stranger.example.org"]',
  ],
];
for (const [name, remote, names, reason] of refused)
  test(`refused: ${name}`, async () => assert.equal(await mismatch(remote, names), reason));

test("a certificate with thousands of names costs a bounded number of look-ups", async () => {
  let asked = 0;
  const counting = { ...lookup, addresses: async () => [`10.1.0.${asked++ % 200}`] };
  const hosts = Array.from({ length: 5_000 }, (_, i) => `m${i}`);
  assert.match((await addressMismatch(counting, { addresses: [], hosts }, "10.0.0.1")) ?? "", /^tls: "10\.0\.0\.1"/);
  assert.equal(asked, 64);
});
