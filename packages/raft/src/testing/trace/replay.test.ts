// Replays the recorded traces in testdata/, and checks that a difference does not go unnoticed.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { diffOf, replayTrace } from "./index.ts";

const testdata = fileURLToPath(new URL("../../../testdata/", import.meta.url));
const traces = readdirSync(testdata, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".txt"));

const differencesIn = (text: string) => replayTrace(text).filter(({ passed }) => !passed);

for (const name of traces.sort()) {
  test(`${name} prints what was recorded`, () => {
    const text = readFileSync(`${testdata}${name}`, "utf8");
    assert.ok(replayTrace(text).length > 0);
    assert.equal(differencesIn(text).map(diffOf).join("\n"), "");
  });
}

test("a trace that promises something else fails, and shows where", () => {
  const [wrong, ...more] = differencesIn(`
add-nodes 1 voters=(1) index=3
----
ok

campaign 1
----
ok

raft-state
----
1: StateLeader (Voter) Term:1 Lead:1
`);
  assert.equal(more.length, 0);
  assert.equal(diffOf(wrong!), "- 1: StateLeader (Voter) Term:1 Lead:1\n+ 1: StateCandidate (Voter) Term:1 Lead:0");
});

test("a trace that cannot be run fails with the reason", () => {
  const [wrong] = differencesIn("campaign 7\n----\nok\n");
  assert.equal(wrong?.actual, "thrown: there is no node 7");
});

test("an unknown command prints so", () => {
  assert.equal(replayTrace("wait 1\n----\nunknown command\n")[0]?.passed, true);
});

test("comments, continued lines and output with blank lines are understood", () => {
  const [one, ...more] = replayTrace("# nothing\nwait \\\n  1\n----\n----\na\n\nb\n----\n----\n");
  assert.equal(more.length, 0);
  assert.equal(one?.directive, "wait  1");
  assert.equal(one?.expected, "a\n\nb");
});
