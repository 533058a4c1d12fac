import assert from "node:assert/strict";
import { test } from "node:test";
import { parseYaml } from "../adapters/index.ts";
import { flagGroups, flagRows } from "./flag-table.ts";
import { type ConfigResult, parseConfig } from "./parse-config.ts";
import type { ServerConfig } from "./server-config.ts";

const build = { version: "3.7.1", gitSha: "abc", nodeVersion: "v20.19.0", os: "linux", arch: "x64" };

function parse(line: string, env: Readonly<Record<string, string>> = {}): ConfigResult {
  return parseConfig({ argv: line.split(" "), env, readFile: () => "", parseYaml, build });
}

function accepted(line: string, env: Readonly<Record<string, string>> = {}): ServerConfig {
  const result = parse(line, env);
  assert.ok("ok" in result && result.ok, JSON.stringify(result));
  return result.config;
}

test("every flag that help names is the one that is read", () => {
  for (const row of flagGroups.flatMap(({ rows }) => rows)) assert.equal(flagRows.get(row.name), row, row.name);
});

const plain = ["-n n0 -d n0", "-s 127.0.0.1:7002 -c 127.0.0.1:4002 -C 127.0.0.1:7001 -n n2", "--compat 0.4 -name m0"];

for (const line of plain) {
  test(`data is not thrown away by ${line}`, () => {
    const { forgetsData, legacyCluster } = accepted(line);
    assert.equal(forgetsData, false);
    assert.deepEqual(legacyCluster, { activeSize: 9, removeDelayMs: 1_800_000, syncIntervalMs: 5_000 });
  });
}

test("-f and -force throw data away, before 2.0 only", () => {
  for (const line of ["-n n0 -f", "--compat 0.4 -f -name m", "--compat 0.3 -force -name m", "--compat 0.4 -f=true"]) {
    assert.equal(accepted(line).forgetsData, true, line);
  }
  assert.equal(accepted("--compat 0.4 -f=false").forgetsData, false);
  for (const line of ["--force", "--compat 2.3 -force", "--compat 3.4 --force"]) {
    assert.equal(accepted(line).forgetsData, false, line);
  }
  assert.deepEqual(parse("--forget-data"), {
    ...parse("--nonsense"),
    error: "flag provided but not defined: -forget-data",
  });
});

test("the size of a cluster before 2.0 is told by its flags, times in seconds", () => {
  const { legacyCluster } = accepted(
    "--compat 0.4 -cluster-active-size 5 -cluster-remove-delay 2.5 -cluster-sync-interval 1",
  );
  assert.deepEqual(legacyCluster, { activeSize: 5, removeDelayMs: 2_500, syncIntervalMs: 1_000 });
  assert.equal(accepted("-n n0 -maxsize 3").legacyCluster.activeSize, 3);
  assert.equal(accepted("--compat 0.3 -max-cluster-size 3").legacyCluster.activeSize, 3);
  assert.ok("error" in parse("--compat 0.4 -cluster-remove-delay soon"));
});

test("-C and -peers name peers to join, whose scheme follows from the certificate", () => {
  assert.deepEqual(accepted("-n n2 -C 127.0.0.1:7001,10.0.0.1:7001").discovery, {
    kind: "peers",
    urls: ["http://127.0.0.1:7001", "http://10.0.0.1:7001"],
  });
  const secure = accepted("--compat 0.4 -peers a:7001 -peer-cert-file c -peer-key-file k -peer-ca-file ca");
  assert.deepEqual(secure.discovery, { kind: "peers", urls: ["https://a:7001"] });
  assert.deepEqual(accepted("--compat 0.4 -name m", { ETCD_PEERS: "a:7001" }).discovery, {
    kind: "peers",
    urls: ["http://a:7001"],
  });
  assert.equal(accepted("--name m", { ETCD_PEERS: "a:7001" }).discovery, undefined);
});
