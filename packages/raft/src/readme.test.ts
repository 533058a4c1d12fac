// The README's example runs as it stands, and prints what its comments say.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

test("the example in the README elects a leader and applies what was proposed", () => {
  const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1];
  assert.ok(example !== undefined);
  const code = example.replace("@etcd-ts/raft", new URL("./index.js", import.meta.url).href);
  const run = spawnSync(process.execPath, ["--input-type=module", "--eval", code], { encoding: "utf8" });
  assert.equal(run.stderr, "");
  assert.equal(run.stdout, "leader: 1n\napply 3 hello\napply 4 world\n");
});
