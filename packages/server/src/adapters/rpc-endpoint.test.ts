import assert from "node:assert/strict";
import { test } from "node:test";
import { rpcEndpoint } from "./rpc-endpoint.ts";

const options = {
  dialTimeoutMs: 1_000,
  insecureTransport: true,
  insecureSkipTlsVerify: false,
  certFile: "",
  keyFile: "",
  caFile: "",
};

const read: readonly (readonly [string, Partial<typeof options>, string, string])[] = [
  ["127.0.0.1:2379", {}, "127.0.0.1:2379", "http"],
  ["http://m1:2379", {}, "m1:2379", "http"],
  ["http://m1:2379", { insecureTransport: false }, "m1:2379", "http"],
  ["https://m1:2379", {}, "m1:2379", "https"],
  ["https://[fd00::1]:2379/", {}, "[fd00::1]:2379", "https"],
  ["m1:2379", { insecureTransport: false }, "m1:2379", "https"],
  ["m1:2379", { insecureSkipTlsVerify: true }, "m1:2379", "https"],
  ["http://m1:80", {}, "m1", "http"],
  ["unix:///tmp/etcd.sock", {}, "localhost", "http"],
];
for (const [text, more, authority, scheme] of read) {
  test(`${text} ${JSON.stringify(more)}`, () => {
    const endpoint = rpcEndpoint(text, { ...options, ...more });
    assert.deepEqual([endpoint.authority, endpoint.scheme], [authority, scheme]);
  });
}

for (const [text, message] of [
  ["m1", 'endpoint "m1" has no port'],
  ["http://m1:2379/path", 'invalid endpoint "http://m1:2379/path"'],
  ["ftp://m1:2379", 'invalid endpoint "ftp://m1:2379"'],
] as const) {
  test(`refused: ${text}`, () => assert.throws(() => rpcEndpoint(text, options), { message }));
}

test("a file that cannot be read is a refusal before anything is asked", () =>
  assert.throws(() => rpcEndpoint("https://m1:1", { ...options, caFile: "/nonexistent/ca" }), /ENOENT.*nonexistent/));
