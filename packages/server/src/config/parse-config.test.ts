import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseYaml } from "../adapters/index.ts";
import { flagGroups, flagRows } from "./flag-table.ts";
import { type ConfigResult, parseConfig } from "./parse-config.ts";
import type { ServerConfig } from "./server-config.ts";

const build = { version: "3.7.1", gitSha: "abc", nodeVersion: "v20.19.0", os: "linux", arch: "x64" };

interface Given {
  env?: Record<string, string>;
  files?: Record<string, string>;
}

function parse(argv: string | readonly string[], { env = {}, files = {} }: Given = {}): ConfigResult {
  const words = typeof argv === "string" ? argv.split(" ").filter((word) => word !== "") : argv;
  const readFile = (path: string) => {
    if (files[path] === undefined) throw new Error("no such file");
    return files[path];
  };
  return parseConfig({ argv: words, env, readFile, parseYaml, build });
}

function accepted(argv: string | readonly string[], given: Given = {}): ServerConfig {
  const result = parse(argv, given);
  assert.ok("ok" in result && result.ok, JSON.stringify(result));
  return result.config;
}

function errorOf(argv: string | readonly string[], given: Given = {}): string {
  const result = parse(argv, given);
  assert.ok("ok" in result && !result.ok, `accepted: ${argv}`);
  return result.error;
}

function warningsOf(argv: string, given: Given = {}): readonly string[] {
  const result = parse(argv, given);
  assert.ok("ok" in result && result.ok, JSON.stringify(result));
  return result.warnings;
}

test("without flags the defaults are etcd's", () => {
  const config = accepted("");
  assert.equal(config.name, "default");
  assert.equal(config.dataDir, "default.etcd");
  assert.equal(config.snapshotCount, 10_000);
  assert.equal(config.quotaBackendBytes, 2 * 2 ** 30);
  assert.equal(config.maxRequestBytes, 1_572_864);
  assert.equal(config.maxTxnOps, 128);
  assert.equal(config.maxConcurrentStreams, 2 ** 32 - 1);
  assert.deepEqual(config.keepAlive, { minTimeMs: 5000, intervalMs: 7_200_000, timeoutMs: 20_000 });
  assert.deepEqual(config.autoCompaction, { mode: "off" });
  assert.deepEqual(config.advertiseClientUrls, ["http://localhost:2379"]);
  assert.equal(config.initialCluster, "default=http://localhost:2380");
  assert.equal(config.watchProgressNotifyIntervalMs, 600_000);
  assert.deepEqual(config.log, { level: "info", format: "json", outputs: ["stderr"] });
  assert.equal(config.enableV2, true);
  assert.equal(config.reportedVersion, "3.7.1");
  assert.deepEqual([config.cors, config.hostWhitelist], [["*"], ["*"]]);
});

test("no request may be larger than what the log holds in one record", () => {
  assert.equal(accepted("--max-request-bytes 1000000000").maxRequestBytes, 2 ** 27);
});

test("origins need a port from 3.4 on only: before, they are what a browser says", () => {
  const origins = "http://one.example, https://two.example:8443";
  for (const compat of ["0.4", "2.3"]) {
    const config = accepted(["--compat", compat, "--cors", origins]);
    assert.deepEqual(config.corsBefore3, ["http://one.example", "https://two.example:8443"]);
  }
});

test("--compat 3.4 brings the defaults of 3.4, and its names", () => {
  const config = accepted("--compat 3.4");
  assert.equal(config.snapshotCount, 100_000);
  assert.equal(config.preVote, false);
  assert.equal(config.enableV2, false);
  assert.equal(config.reportedVersion, "3.4.23");
  assert.equal(config.listenClientUrls[0]!.dialect, "3.4");
  assert.equal(
    accepted("--compat 3.4 --experimental-watch-progress-notify-interval 5s").watchProgressNotifyIntervalMs,
    5000,
  );
  assert.equal(accepted("--compat=3.4 --debug").log.level, "debug");
});

test("every word of a flag is read as Go's flag package reads it", () => {
  assert.equal(accepted("-name m1").name, "m1");
  assert.equal(accepted("--name=m1").name, "m1");
  assert.equal(accepted("--name m1 --name m2").name, "m2");
  assert.equal(accepted("--name=a=b").name, "a=b");
  assert.equal(accepted("--pre-vote=F").preVote, false);
  assert.equal(accepted("--pre-vote").preVote, true);
  assert.equal(accepted("--snapshot-count 0x10").snapshotCount, 16);
  assert.equal(accepted("--snapshot-count 010").snapshotCount, 8);
  assert.equal(accepted("--election-timeout 0x1_388").electionMs, 5000);
  assert.equal(accepted("--grpc-keepalive-interval 1h30m").keepAlive.intervalMs, 5_400_000);
  assert.equal(accepted("--quota-backend-bytes -1").quotaBackendBytes, undefined);
  assert.equal(accepted("--quota-backend-bytes 9223372036854775807").quotaBackendBytes, Number.MAX_SAFE_INTEGER);
  assert.equal(accepted(["--wal-dir", "", "--"]).walDir, undefined);
});

/** Words after the program's name, and the line an operator sees. Where etcd has a text it is etcd's. */
const refusals: readonly (readonly [string, string])[] = [
  ["--foo", "flag provided but not defined: -foo"],
  ["-foo=1", "flag provided but not defined: -foo"],
  ["--heartbeat-interval x", 'invalid value "x" for flag -heartbeat-interval: parse error'],
  [
    "--heartbeat-interval 99999999999999999999",
    'invalid value "99999999999999999999" for flag -heartbeat-interval: value out of range',
  ],
  ["--heartbeat-interval", "flag needs an argument: -heartbeat-interval"],
  ["--snapshot-count -1", 'invalid value "-1" for flag -snapshot-count: parse error'],
  ["--pre-vote=x", 'invalid boolean value "x" for -pre-vote: parse error'],
  ["--pre-vote false", '"false" is not a valid flag'],
  ["bla", '"bla" is not a valid flag'],
  ["-- bla", '"bla" is not a valid flag'],
  ["-", '"-" is not a valid flag'],
  ["---foo", "bad flag syntax: ---foo"],
  ["--=x", "bad flag syntax: --=x"],
  ["--grpc-keepalive-interval 5", 'invalid value "5" for flag -grpc-keepalive-interval: parse error'],
  [
    "--max-concurrent-streams x",
    'invalid value "x" for flag -max-concurrent-streams: strconv.ParseUint: parsing "x": invalid syntax',
  ],
  [
    "--max-concurrent-streams 4294967296",
    'invalid value "4294967296" for flag -max-concurrent-streams: strconv.ParseUint: parsing "4294967296": value out of range',
  ],
  ["--initial-cluster-state bla", 'invalid value "bla" for flag -initial-cluster-state: invalid value'],
  [
    "--listen-client-urls foo",
    'invalid value "foo" for flag -listen-client-urls: URL scheme must be http, https, unix, or unixs: foo',
  ],
  [
    "--listen-client-urls http://a",
    'invalid value "http://a" for flag -listen-client-urls: URL address does not have the form "host:port": http://a',
  ],
  [
    "--listen-peer-urls http://1.1.1.1:1/x",
    'invalid value "http://1.1.1.1:1/x" for flag -listen-peer-urls: URL must not contain a path: http://1.1.1.1:1/x',
  ],
  [
    "--listen-peer-urls 1.1.1.1:1",
    'invalid value "1.1.1.1:1" for flag -listen-peer-urls: parse "1.1.1.1:1": first path segment in URL cannot contain colon',
  ],
  ["--cors x", 'invalid value "x" for flag -cors: URL scheme must be http, https, unix, or unixs: x'],
  ["--feature-gates X", 'invalid value "X" for flag -feature-gates: missing bool value for X'],
  [
    "--feature-gates X=y",
    'invalid value "X=y" for flag -feature-gates: invalid value of X=y, err: strconv.ParseBool: parsing "y": invalid syntax',
  ],
  ["--feature-gates X=true", "unrecognized feature gate: X"],
  ["--feature-gates PriorityRequest=true", "feature gate PriorityRequest=true is not available yet in this server"],
  [
    "--feature-gates LeaseCheckpointPersist=true",
    "enabling feature gate LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint",
  ],
  ["--listen-peer-urls http://foo:1", "expected IP in URL for binding (http://foo:1)"],
  [
    "--listen-client-urls http://foo:1 --advertise-client-urls http://a:1",
    "expected IP in URL for binding (http://foo:1)",
  ],
  ["--listen-metrics-urls http://:1", "expected IP in URL for binding (http://:1)"],
  [
    "--advertise-client-urls http://:1",
    '--advertise-client-urls "http://:1" must be in the format "host:port", "unix:/path/to/socket" or "unixs:/path/to/socket" (unexpected empty host (http://:1))',
  ],
  [
    "--compat 3.4 --advertise-client-urls http://:1",
    '--advertise-client-urls "http://:1" must be "host:port" (unexpected empty host (http://:1))',
  ],
  [
    "--initial-advertise-peer-urls http://:1",
    '--initial-advertise-peer-urls "http://:1" must be "host:port" (unexpected empty host (http://:1))',
  ],
  [
    "--listen-client-urls http://127.0.0.1:1",
    "--advertise-client-urls is required when --listen-client-urls is set explicitly",
  ],
  ["--heartbeat-interval 0", "--heartbeat-interval must be >0 (set to 0ms)"],
  ["--election-timeout 0", "--election-timeout must be >0 (set to 0ms)"],
  ["--election-timeout 100", "--election-timeout[100ms] should be at least as 5 times as --heartbeat-interval[100ms]"],
  ["--election-timeout 60000", "--election-timeout[60000ms] is too long, and should be set less than 50000ms"],
  ["--auto-compaction-mode=", "undefined auto-compaction-mode"],
  ["--auto-compaction-mode x", 'unknown auto-compaction-mode "x"'],
  ["--auto-compaction-retention x", 'error parsing CompactionRetention: time: invalid duration "x"'],
  ["--auto-compaction-retention -5m", 'error parsing CompactionRetention: time: invalid duration "-5m"'],
  [
    "--auto-compaction-mode revision --auto-compaction-retention 5m",
    'error parsing CompactionRetention: --auto-compaction-mode revision takes a number, not "5m"',
  ],
  [
    "--compact-hash-check-time 0s",
    '--compact-hash-check-time is not available yet in this server (set to "0s"; only its default "1m0s" is accepted)',
  ],
  ["--logger capnslog", "--logger=capnslog is removed in v3.5"],
  ["--logger x", 'unknown logger option "x"'],
  ["--log-level x", 'unrecognized level: "x"'],
  ["--log-format x", "unknown log format: x, supported values json, console"],
  ["--log-outputs default,stdout", 'multi logoutput for "default" is not supported yet'],
  ["--log-outputs systemd/journal", "--log-outputs systemd/journal is not available yet in this server"],
  ["--metrics x", 'unknown --metrics "x" (must be basic or extensive)'],
  ["--tls-min-version TLS1.1", 'unexpected TLS version "TLS1.1" (must be one of: TLS1.2, TLS1.3)'],
  ["--tls-min-version TLS1.3 --tls-max-version TLS1.2", "min version (TLS1.3) is greater than max version (TLS1.2)"],
  [
    "--tls-min-version TLS1.3 --cipher-suites TLS_RSA_WITH_AES_128_CBC_SHA",
    "cipher suites cannot be configured when only TLS1.3 is enabled",
  ],
  ["--cipher-suites TLS_X", 'unexpected TLS cipher suite "TLS_X"'],
  ["--cert-file a", "KeyFile and CertFile must both be present[key: , cert: a]"],
  ["--auto-tls --self-signed-cert-validity 0", "selfSignedCertValidity is invalid,it should be greater than 0"],
  ["--client-crl-file f", "--client-crl-file needs --client-cert-auth or --trusted-ca-file"],
  ["--client-cert-allowed-hostname a", "--client-cert-allowed-hostname needs --client-cert-auth or --trusted-ca-file"],
  [
    "--listen-client-urls https://127.0.0.1:1 --advertise-client-urls https://a:1",
    "TLS key/cert (--cert-file, --key-file) must be provided for client url https://127.0.0.1:1 with HTTPS scheme",
  ],
  [
    "--listen-metrics-urls https://127.0.0.1:1",
    "TLS key/cert (--cert-file, --key-file) must be provided for metrics url https://127.0.0.1:1 with HTTPS scheme",
  ],
  [
    "--listen-peer-urls https://127.0.0.1:1",
    "cannot listen on TLS for 127.0.0.1:1: KeyFile and CertFile are not presented",
  ],
  ["--discovery-fallback proxy", `v2 proxy is deprecated, and --discovery-fallback can't be configured as "proxy"`],
  ["--compat 9", "--compat 9 is not a release this server knows (available: 0.2, 0.3, 0.4, 2.3, 3.4, 3.7)"],
  ["--debug", "flag provided but not defined: -debug"],
  [
    "--compat 3.4 --proxy on",
    '--proxy is not available yet in this server (set to "on"; only its default "off" is accepted)',
  ],
  [
    "--listen-client-urls http://127.0.0.1:1?dialect=0.5 --advertise-client-urls http://a:1",
    'dialect "0.5" of --listen-client-urls http://127.0.0.1:1?dialect=0.5 is not available in this server (0.2, 0.3, 0.4, 2.3, 3.4, 3.7)',
  ],
  [
    "--listen-client-urls http://127.0.0.1:1?x=1 --advertise-client-urls http://a:1",
    'unknown parameter "x" in --listen-client-urls http://127.0.0.1:1?x=1',
  ],
  [
    "--listen-peer-urls http://127.0.0.1:1?dialect=3.4",
    "unexpected parameters in --listen-peer-urls http://127.0.0.1:1?dialect=3.4",
  ],
  ["--v2-deprecation x", 'invalid value "x" for flag -v2-deprecation: invalid value'],
  ["--version=x", 'invalid boolean value "x" for -version: parse error'],
  ["--config-file nope", "cannot read the config file nope: no such file"],
];
for (const [argv, error] of refusals) test(`refused: etcd ${argv}`, () => assert.equal(errorOf(argv), error));

test("what Go's flag package refuses itself ends with code 2 and the usage, everything else with code 1", () => {
  const exit = (argv: string) => {
    const result = parse(argv);
    assert.ok("ok" in result && !result.ok);
    return [result.exitCode, result.usage !== undefined];
  };
  assert.deepEqual(exit("--foo"), [2, true]);
  assert.deepEqual(exit("--pre-vote=x"), [2, true]);
  assert.deepEqual(exit("--heartbeat-interval x"), [2, true]);
  assert.deepEqual(exit("bla"), [1, false]);
  assert.deepEqual(exit("--election-timeout 100"), [1, false]);
});

test("no flag whose feature is missing may be set to anything but its default", () => {
  const later = [...flagRows.values()].filter((row) => row.status === "later" && !row.only34);
  assert.ok(later.length > 0);
  for (const row of later) {
    const other = { switch: row.value === "true" ? "false" : "true", duration: "7s", urls: "http://1.1.1.1:1" }[
      row.kind as "switch"
    ];
    const argv = [`--${row.name}=${other ?? "7"}`];
    assert.match(errorOf(argv), new RegExp(`^--${row.name} is not available yet in this server`));
    accepted([`--${row.name}=${row.value}`]);
  }
});

test("variables set flags, and a flag that contradicts one is refused as etcd refuses it", () => {
  assert.equal(accepted("", { env: { ETCD_NAME: "m1", ETCD_DATA_DIR: "" } }).name, "m1");
  assert.equal(accepted("", { env: { ETCD_PRE_VOTE: "false" } }).preVote, false);
  assert.equal(accepted("", { env: { ETCD_COMPAT: "3.4" } }).compat, "3.4");
  assert.equal(
    errorOf("", { env: { ETCD_HEARTBEAT_INTERVAL: "x" } }),
    'invalid value "x" for ETCD_HEARTBEAT_INTERVAL: parse error',
  );
  assert.equal(
    errorOf("--name a", { env: { ETCD_NAME: "b" } }),
    'conflicting environment variable "ETCD_NAME" is shadowed by corresponding command-line flag (either unset environment variable or disable flag)',
  );
});

test("variables nobody reads are mentioned", () => {
  const env = { ETCD_PORT: "tcp://1.2.3.4", ETCD_VERSION: "3.4", OTHER: "x", ETCDCTL_API: "3" };
  const noted = warningsOf("--name m1 --data-dir d", { env });
  assert.deepEqual(noted, [
    "unrecognized environment variable: ETCD_PORT=tcp://1.2.3.4",
    "cannot set special environment variable: ETCD_VERSION=3.4",
  ]);
});

test("doubtful choices are mentioned", () => {
  const mentions = (argv: string, text: string) =>
    assert.ok(
      warningsOf(argv).some((line) => line.includes(text)),
      `${argv}: ${warningsOf(argv)}`,
    );
  mentions("", "'data-dir' was empty; using default: default.etcd");
  mentions("", "it isn't recommended to use default name");
  mentions("--quota-backend-bytes 9000000000", "quota exceeds the maximum value");
  mentions("--max-request-bytes 20000000", "exceeded recommended request limit");
  mentions("--max-request-bytes 1000000000", "requests of more than 134217728 bytes are refused");
  mentions("--max-snapshots 3", "--max-snapshots is deprecated in 3.6");
  mentions("--snapshot", "flag is no longer supported - ignoring: --snapshot");
  mentions("--backend-batch-limit 5", "--backend-batch-limit has no effect");
  mentions("--unsafe-no-fsync", "a crash loses acknowledged writes");
  mentions("--auto-tls", "ignoring key and cert files: http://localhost:2379");
  mentions("--client-cert-auth", "ignoring client cert auth for this URL");
});

test("--help names every flag, --version answers in etcd's form", () => {
  const help = parse("--name x -h --foo");
  assert.ok("help" in help);
  for (const row of flagGroups.flatMap((group) => group.rows))
    assert.ok(help.help.includes(`--${row.name} '`), row.name);
  const version = parse("--version");
  assert.ok("version" in version);
  assert.equal(version.version, "etcd Version: 3.7.1\nGit SHA: abc\nNode Version: v20.19.0\nNode OS/Arch: linux/x64\n");
});

test("--help under --compat tells that release's defaults", () => {
  const texts = ["--help", "--compat 3.4 --help"].map((line) => parse(line));
  const counts = texts.map((told) => ("help" in told ? /--snapshot-count '(\d+)'/.exec(told.help)?.[1] : ""));
  assert.notEqual(counts[0], counts[1]);
  assert.equal(counts[1], "100000");
});

test("--version under --compat tells the release that is passed for, wherever the flag stands", () => {
  for (const [line, wanted] of [
    ["--compat 3.4 --version", "3.4.23"],
    ["--version --compat=2.3", "2.3.8"],
    ["--compat 9.9 --version", "3.7.1"],
  ] as const) {
    const told = parse(line);
    assert.ok("version" in told, line);
    assert.equal(told.version.split("\n")[0], `etcd Version: ${wanted}`);
  }
});

test("a name of one's own brings its entry of --initial-cluster, other addresses do not", () => {
  assert.equal(accepted("--name m1").initialCluster, "m1=http://localhost:2380");
  const own = accepted("--name m1 --initial-advertise-peer-urls http://b:1,http://a:1");
  assert.equal(own.initialCluster, "m1=http://a:1,m1=http://b:1");
  assert.equal(accepted("--initial-advertise-peer-urls http://a:1").initialCluster, "default=http://localhost:2380");
});

test("a member on 0.0.0.0 with default advertised addresses advertises this machine's", () => {
  const argv = ["--listen-peer-urls", "http://0.0.0.0:12380"];
  const result = parseConfig({ argv, env: {}, readFile: () => "", parseYaml, build, defaultHost: "10.0.0.7" });
  assert.ok("ok" in result && result.ok);
  assert.deepEqual(result.config.advertisePeerUrls, ["http://10.0.0.7:12380"]);
  assert.deepEqual(result.config.advertiseClientUrls, ["http://localhost:2379"]);
});

test("retention is hours, a duration, or revisions", () => {
  const retention = (text: string) => accepted(text).autoCompaction;
  assert.deepEqual(retention("--auto-compaction-retention 2"), { mode: "periodic", retentionMs: 7_200_000 });
  assert.deepEqual(retention("--auto-compaction-retention 30m"), { mode: "periodic", retentionMs: 1_800_000 });
  assert.deepEqual(retention("--auto-compaction-mode revision --auto-compaction-retention 1000"), {
    mode: "revision",
    retentionRevisions: 1000,
  });
});

test("--listen-client-urls with an empty value counts as set and keeps the default, as in etcd", () => {
  assert.match(errorOf(["--listen-client-urls", ""]), /^--advertise-client-urls is required/);
  const config = accepted(["--listen-client-urls=", "--advertise-client-urls=http://a:1"]);
  assert.equal(config.listenClientUrls[0]!.text, "http://localhost:2379");
});

test("TLS flags come out per side", () => {
  const tls = accepted(
    "--cert-file c --key-file k --trusted-ca-file ca --client-cert-auth --client-crl-file r --client-cert-allowed-hostname a,b --tls-max-version TLS1.2 --cipher-suites TLS_RSA_WITH_AES_128_CBC_SHA --data-dir d",
  ).clientTls;
  assert.deepEqual(tls, {
    certFile: "c",
    keyFile: "k",
    trustedCaFile: "ca",
    crlFile: "r",
    clientCertAuth: true,
    allowedHostnames: ["a", "b"],
    allowedCommonNames: [],
    autoTls: false,
    selfSignedValidityYears: 1,
    cipherSuites: ["AES128-SHA"],
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.2",
    fixturesDir: "d/fixtures/client",
  });
});

test("any words whatever give an answer, never an exception", () => {
  const names = [...flagRows.keys(), "help", "config-file", "foo"];
  const flag = fc.tuple(
    fc.constantFrom("-", "--"),
    fc.constantFrom(...names),
    fc.constantFrom("", "=", "=x", "=1", "=true", "=http://127.0.0.1:1"),
  );
  const word = fc.oneof(
    fc.string(),
    flag.map((parts) => parts.join("")),
    fc.webUrl(),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
      const result = parse(argv);
      assert.ok("help" in result || "version" in result || typeof result.ok === "boolean");
    }),
    { numRuns: 150 },
  );
});

test("flag, variable and config file say the same thing in the same words", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
  const ms = fc.integer({ min: 1, max: 10_000 });
  fc.assert(
    fc.property(name, ms, fc.boolean(), (member, heartbeat, preVote) => {
      const election = heartbeat * 5;
      const env = {
        ETCD_NAME: member,
        ETCD_HEARTBEAT_INTERVAL: `${heartbeat}`,
        ETCD_ELECTION_TIMEOUT: `${election}`,
        ETCD_PRE_VOTE: `${preVote}`,
      };
      const yaml = `name: "${member}"\nheartbeat-interval: ${heartbeat}\nelection-timeout: ${election}\npre-vote: ${preVote}\n`;
      const flags = `--name=${member} --heartbeat-interval ${heartbeat} --election-timeout=${election} --pre-vote=${preVote}`;
      const typed = accepted(flags);
      assert.deepEqual(accepted("", { env }), typed);
      assert.deepEqual(accepted("--config-file f", { files: { f: yaml } }), typed);
    }),
  );
});

test("name servers are IP addresses, with or without a port", () => {
  const servers = ["10.0.0.1", "10.0.0.1:5353", "[fd00::1]:53", "[fd00::1]", "fd00::1"];
  assert.deepEqual(accepted(`--name-servers ${servers.join(",")}`).nameServers, servers);
  for (const bad of ["ns1.example.com", "10.0.0:53", "10.0.0.1:x", "[10.0.0.1", ":53"])
    assert.match(errorOf(`--name-servers 10.0.0.1,${bad}`), /^--name-servers must hold IP addresses/, bad);
});
