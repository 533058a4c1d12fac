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
  const v2 = { kind: "v2", url, proxy: "", fallsBack: false };
  assert.deepEqual(accepted(`--discovery ${url}`).discovery, v2);
  assert.deepEqual(accepted(`--compat 3.4 --discovery ${url}`).discovery, { ...v2, fallsBack: true });
  const exit = accepted(`--compat 3.4 --discovery ${url} --discovery-fallback exit --discovery-proxy http://p:1`);
  assert.deepEqual(exit.discovery, { ...v2, proxy: "http://p:1" });
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
