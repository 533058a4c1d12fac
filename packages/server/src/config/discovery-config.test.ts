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

const refusals: readonly (readonly [string, string])[] = [
  [
    "--discovery-srv example.com --initial-cluster a=http://localhost:2380",
    'multiple discovery or bootstrap flags are set. Choose one of "initial-cluster", "discovery-endpoints" or "discovery-srv"',
  ],
  [
    "--compat 3.4 --discovery-srv example.com --initial-cluster a=http://localhost:2380",
    'multiple discovery or bootstrap flags are set. Choose one of "initial-cluster", "discovery" or "discovery-srv"',
  ],
  ["--discovery-srv-name prod", "--discovery-srv-name needs --discovery-srv"],
];
for (const [argv, error] of refusals) {
  test(`refused: ${argv}`, () => {
    const result = parse(argv);
    assert.ok("ok" in result && !result.ok);
    assert.equal(result.error, error);
  });
}
