import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseYaml } from "../adapters/index.ts";
import { parseConfigFile } from "./config-file.ts";
import { parseConfig } from "./parse-config.ts";

const build = { version: "", gitSha: "", nodeVersion: "", os: "", arch: "" };
const load = (text: string, env: Record<string, string> = {}) =>
  parseConfig({ argv: ["--config-file", "f", "--name", "typed"], env, readFile: () => text, parseYaml, build });

function accepted(text: string) {
  const result = load(text, { ETCD_NAME: "from-env", ETCD_NONSENSE: "1" });
  assert.ok("ok" in result && result.ok, JSON.stringify(result));
  return result;
}

test("the settings of upstream's sample file are accepted", () => {
  const text = readFileSync(new URL("../../src/config/testdata/sample.yml", import.meta.url), "utf8");
  const { config } = accepted(text);
  assert.equal(config.name, "sample");
  assert.equal(config.strictReconfigCheck, false);
  assert.deepEqual(config.autoCompaction, { mode: "periodic", retentionMs: 3_600_000 });
  assert.deepEqual(config.clientTls.cipherSuites, ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"]);
  assert.equal(config.log.level, "debug");
});

test("beside a file, flags and variables count for nothing, and that is said", () => {
  const { config, warnings } = accepted("data-dir: d\nname: m1\n");
  assert.equal(config.name, "m1");
  assert.deepEqual(warnings, [
    "loaded server configuration, other configuration command line flags and environment variables will be ignored if provided: f",
  ]);
});

test("the file can be named by a variable", () => {
  const result = parseConfig({
    argv: [],
    env: { ETCD_CONFIG_FILE: "/x" },
    readFile: (path) => `name: read-${path.slice(1)}`,
    parseYaml,
    build,
  });
  assert.ok("ok" in result && result.ok);
  assert.equal(result.config.name, "read-x");
});

test("durations are nanoseconds or Go's text", () => {
  assert.equal(accepted("watch-progress-notify-interval: 600000000000").config.watchProgressNotifyIntervalMs, 600_000);
  assert.equal(accepted("watch-progress-notify-interval: 90s").config.watchProgressNotifyIntervalMs, 90_000);
});

test("JSON is YAML", () => {
  const text = JSON.stringify({ name: "j", "client-transport-security": { "cert-file": "c", "key-file": "k" } });
  assert.equal(accepted(text).config.clientTls.certFile, "c");
});

test("an empty file and empty values leave the defaults", () => {
  assert.equal(accepted("").config.name, "default");
  assert.equal(accepted("wal-dir:\nclient-transport-security:\n").config.walDir, undefined);
});

test("integers beyond a double are exact before they are cut to size", () => {
  assert.equal(accepted("quota-backend-bytes: 9223372036854775807").config.quotaBackendBytes, Number.MAX_SAFE_INTEGER);
});

const refusals: readonly (readonly [string, RegExp])[] = [
  ["nmae: x", /^unknown setting "nmae" in the config file \(f\)$/],
  [
    "cert-file: x",
    /^unknown setting "cert-file" in the config file \(it belongs at client-transport-security.cert-file\)/,
  ],
  ["client-transport-security: {cert: x}", /^unknown setting "client-transport-security.cert"/],
  ["client-transport-security: yes please", /^invalid client-transport-security/],
  [
    "client-transport-security: {client-cert-auth: 1}",
    /^invalid value 1 for client-transport-security.client-cert-auth/,
  ],
  ["pre-vote: 'true'", /^invalid value "true" for pre-vote/],
  ["heartbeat-interval: [1]", /^invalid value \[1\] for heartbeat-interval/],
  ["heartbeat-interval: x", /^invalid value "x" for heartbeat-interval in the config file: parse error$/],
  [
    "peer-transport-security: {skip-client-san-verification: 1}",
    /^invalid value 1 for peer-transport-security.skip-client-san-verification/,
  ],
  ["discovery-config: {token: t}", /^both --discovery-token and --discovery-endpoints must be set$/],
  ["- a", /^the config file must be a map of settings/],
  ["a: b: c", /^error parsing the config file: /],
  ["a: &x 1\nb: *x", /^(error parsing the config file|unknown setting)/],
  ["name: a\nname: b", /^error parsing the config file: /],
];
for (const [text, error] of refusals)
  test(`refused: ${JSON.stringify(text)}`, () => {
    const result = load(text);
    assert.ok("ok" in result && !result.ok);
    assert.match(result.error, error);
  });

test("a document of nested sections cannot go deeper than the table", () => {
  const deep = `${"discovery-config: {client: {secure: {cert: {".repeat(1)}}}}}`;
  const parsed = parseConfigFile(deep, parseYaml);
  assert.ok(!parsed.ok);
  assert.match(parsed.error, /^invalid value \{\} for discovery-config.client.secure.cert/);
});
