import assert from "node:assert/strict";
import { test } from "node:test";
import { textFindings } from "./text-rules.ts";

const rulesOf = (path: string, text: string): string[] =>
  textFindings(path, text).map(({ line, rule }) => `${line} ${rule}`);

test("textFindings() refuses paths of one machine", () => {
  const paths = [
    "/ho" + "me/ann/etcd",
    "/Us" + "ers/Ann/etcd",
    "/ro" + "ot/etcd",
    "/wo" + "rk/etcd",
    "C:" + "\\Users\\ann",
  ];
  for (const path of paths) assert.deepEqual(rulesOf("README.md", `a\nrun ${path}/x`), ["2 machine paths"]);
});

test("textFindings() accepts system paths, and folders that only end like one", () => {
  assert.deepEqual(rulesOf("README.md", "/etc/etcd, /tmp/x, /var/lib/etcd, ./work/x, packages/work/x, ~/root/a"), []);
});

test("textFindings() refuses packages resolved from another registry", () => {
  assert.deepEqual(rulesOf("package-lock.json", '"resolved":' + ' "http://mirror:4873/a.tgz"'), ["1 registry hosts"]);
  assert.deepEqual(rulesOf("package-lock.json", '"resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz"'), []);
  assert.deepEqual(rulesOf("package-lock.json", '"resolved": "packages/raft"'), []);
});

test("textFindings() refuses a registry setting in .npmrc", () => {
  assert.deepEqual(rulesOf(".npmrc", "registry=https://a.example/"), ["1 registry hosts"]);
});
