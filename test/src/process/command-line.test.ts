import assert from "node:assert/strict";
import { after, test } from "node:test";
import { EtcdProcess, endAll, freshDirectory } from "./etcd-process.ts";

after(endAll);

test("--version and --help print and end with 0, and touch nothing", async (t) => {
  const cwd = freshDirectory(t);
  const version = new EtcdProcess(["--version"], { cwd });
  assert.deepEqual(await version.ended, { code: 0, signal: null });
  assert.match(version.stdout, /^etcd Version: 3\.7\.\d+\n/);
  const help = new EtcdProcess(["--help"], { cwd });
  assert.deepEqual(await help.ended, { code: 0, signal: null });
  assert.match(help.stdout, /--listen-client-urls/);
});

test("an unknown flag is refused with its name and the usage, exit code 2", async () => {
  const etcd = new EtcdProcess(["--data-dri", "x"]);
  assert.deepEqual(await etcd.ended, { code: 2, signal: null });
  assert.match(etcd.stderr, /flag provided but not defined: -data-dri/);
});

const refusals: readonly [flags: string, line: RegExp][] = [
  ["--auto-compaction-mode sometimes", /^unknown auto-compaction-mode "sometimes"\n$/],
  ["--heartbeat-interval 500 --election-timeout 1000", /--election-timeout\[1000ms\] should be at least as 5 times/],
  ["--listen-client-urls http://127.0.0.1:0", /^--advertise-client-urls is required/],
  ["--cert-file x", /^KeyFile and CertFile must both be present/],
  ["--auth-token jwt,pub-key=x", /^--auth-token is not available yet in this server/],
];

for (const [flags, line] of refusals) {
  test(`refused in one line: ${flags}`, async () => {
    const etcd = new EtcdProcess(flags.split(" "));
    assert.deepEqual(await etcd.ended, { code: 1, signal: null });
    assert.match(etcd.stderr, line);
    assert.equal(etcd.stderr.trimEnd().split("\n").length, 1);
  });
}
