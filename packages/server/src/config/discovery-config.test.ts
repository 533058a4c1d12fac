import assert from "node:assert/strict";
import { test } from "node:test";
import { parseYaml } from "../adapters/index.ts";
import { parseConfig } from "./parse-config.ts";

function parse(argv: string) {
  const build = { version: "3.7.1", gitSha: "abc", nodeVersion: "v20.19.0", os: "linux", arch: "x64" };
  return parseConfig({ argv: argv.split(" "), env: {}, readFile: () => "", parseYaml, build });
}

function accepted(argv: string) {
  const result = parse(argv);
  assert.ok("ok" in result && result.ok, JSON.stringify(result));
  return result.config;
}

test("without a flag the founders are those of --initial-cluster", () => {
  const { discovery, initialCluster } = accepted("--name a");
  assert.deepEqual([discovery, initialCluster], [undefined, "a=http://localhost:2380"]);
});

test("DNS discovery takes the place of --initial-cluster's default", () => {
  const { discovery, initialCluster } = accepted("--name a --discovery-srv example.com --discovery-srv-name prod");
  assert.deepEqual([discovery, initialCluster], [{ kind: "srv", domain: "example.com", serviceName: "prod" }, ""]);
});

test("v2 discovery: 3.4 would fall back to a proxy unless told otherwise, 3.7 has no such thing", () => {
  const url = "http://127.0.0.1:2379/v2/keys/meeting";
  const v2 = { kind: "v2", url, proxy: "", fallsBack: false, peers: [] };
  assert.deepEqual(accepted(`--discovery ${url}`).discovery, v2);
  assert.deepEqual(accepted(`--compat 3.4 --discovery ${url}`).discovery, { ...v2, fallsBack: true });
  const exit = accepted(`--compat 3.4 --discovery ${url} --discovery-fallback exit --discovery-proxy http://p:1`);
  assert.deepEqual(exit.discovery, { ...v2, proxy: "http://p:1" });
});

test("v3 discovery: endpoints sorted, times in milliseconds, a password after the user's name", () => {
  const flags =
    "--discovery-token t --discovery-endpoints b:1,a:1 --discovery-user root:se:cret --discovery-dial-timeout 1m";
  const { discovery } = accepted(flags);
  assert.deepEqual(discovery, {
    kind: "v3",
    token: "t",
    endpoints: ["a:1", "b:1"],
    dialTimeoutMs: 60_000,
    requestTimeoutMs: 5_000,
    keepAliveMs: 2_000,
    keepAliveTimeoutMs: 6_000,
    insecureTransport: true,
    insecureSkipTlsVerify: false,
    certFile: "",
    keyFile: "",
    caFile: "",
    user: "root",
    password: "se:cret",
  });
  const both = accepted(`${flags} --discovery-password other`).discovery;
  assert.ok(both?.kind === "v3");
  assert.deepEqual([both.user, both.password], ["root:se:cret", "other"]);
});

const refusals: readonly (readonly [string, string])[] = [
  [
    "--discovery-srv example.com --initial-cluster a=http://localhost:2380",
    'multiple discovery or bootstrap flags are set. Choose one of "initial-cluster", "discovery-endpoints" or "discovery-srv"',
  ],
  [
    "--compat 3.4 --discovery-srv example.com --initial-cluster a=http://localhost:2380",
    'multiple discovery or bootstrap flags are set. Choose one of "initial-cluster", "discovery" or "discovery-srv"',
  ],
  [
    "--discovery http://s/t --discovery-srv example.com",
    'multiple discovery or bootstrap flags are set. Choose one of "initial-cluster", "discovery", "discovery-endpoints" or "discovery-srv"',
  ],
  [
    "--discovery-token t --discovery-endpoints a:1 --initial-cluster a=http://localhost:2380",
    'multiple discovery or bootstrap flags are set. Choose one of "initial-cluster", "discovery-endpoints" or "discovery-srv"',
  ],
  ["--discovery-token t", "both --discovery-token and --discovery-endpoints must be set"],
  ["--discovery-endpoints a:1", "both --discovery-token and --discovery-endpoints must be set"],
  ["--discovery-token t --discovery-endpoints a:1,,", "--discovery-endpoints must not contain empty endpoints"],
  [
    "--discovery-token t --discovery-endpoints a:1 --discovery-cert c",
    "--discovery-cert and --discovery-key must both be present[key: , cert: c]",
  ],
  [
    "--discovery-token t --discovery-endpoints a:1 --discovery-password p",
    "--discovery-password needs --discovery-user",
  ],
  ["--discovery-proxy http://p:1", "--discovery-proxy needs --discovery"],
  ["--discovery-srv-name prod", "--discovery-srv-name needs --discovery-srv"],
];
for (const [argv, error] of refusals) {
  test(`refused: ${argv}`, () => {
    const result = parse(argv);
    assert.ok("ok" in result && !result.ok);
    assert.equal(result.error, error);
  });
}
