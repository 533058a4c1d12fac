import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkBootstrap,
  checkJoin,
  formatInitialCluster,
  foundCluster,
  parseInitialCluster,
} from "./initial-cluster.ts";

function parsed(text: string) {
  const cluster = parseInitialCluster(text);
  assert.ok(cluster.ok, JSON.stringify(cluster));
  return cluster.value;
}

test("a name may come more than once and empty parts are skipped", () => {
  assert.equal(
    formatInitialCluster(parsed("b=http://b:1,,a=http://z:1,a=http://y:1,")),
    "a=http://y:1,a=http://z:1,b=http://b:1",
  );
  assert.equal(parsed("").size, 0);
});

test("an address that etcd would refuse is refused in its words", () => {
  const refused = (text: string) => {
    const cluster = parseInitialCluster(text);
    assert.ok(!cluster.ok);
    return cluster.error;
  };
  assert.equal(
    refused("a=http://x"),
    'error setting up initial cluster: URL address does not have the form "host:port": http://x',
  );
  assert.equal(refused("a"), "error setting up initial cluster: URL scheme must be http, https, unix, or unixs: ");
});

const local = (name: string, ...advertisePeerUrls: string[]) => ({ name, advertisePeerUrls });
const bootstraps: readonly (readonly [string, string, ReturnType<typeof local>, string | undefined])[] = [
  ["all agree", "a=http://a:1,b=http://b:1", local("a", "http://a:1"), undefined],
  ["two addresses in any order", "a=http://a:2,a=http://a:1", local("a", "http://a:1", "http://a:2"), undefined],
  [
    "name missing",
    "a=http://x:1",
    local("default", "http://x:1"),
    `couldn't find local name "default" in the initial cluster configuration`,
  ],
  [
    "listed, not advertised",
    "a=http://a:1,a=http://x:1",
    local("a", "http://a:1"),
    "--initial-cluster has a=http://x:1 but missing from --initial-advertise-peer-urls=http://a:1",
  ],
  [
    "advertised, not listed",
    "a=http://a:1",
    local("a", "http://b:1", "http://a:1"),
    "--initial-advertise-peer-urls has http://b:1 but missing from --initial-cluster=a=http://a:1,a=http://b:1",
  ],
  [
    "an address of two members",
    "a=http://a:1,b=http://a:1",
    local("a", "http://a:1"),
    "initial cluster a=http://a:1,b=http://a:1 has duplicate url",
  ],
];
for (const [name, text, member, error] of bootstraps)
  test(`founding: ${name}`, () => assert.equal(checkBootstrap(parsed(text), member), error));

test("joining does not compare addresses, the cluster's members do that", () => {
  assert.equal(checkJoin(parsed("a=http://a:1,b=http://b:1"), local("b", "http://other:1")), undefined);
  assert.match(checkJoin(parsed("a=http://a:1"), local("b"))!, /couldn't find local name/);
});

test("two members with the same addresses would have the same id", () => {
  const founding = foundCluster(parsed("a=http://a:1,b=http://a:1"), "t");
  assert.ok(!founding.ok);
  assert.match(founding.error, /^member exists with identical ID [0-9a-f]+$/);
});
