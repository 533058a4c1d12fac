import { importRule } from "./import-rules.ts";
import { testSamples } from "./rule-samples.ts";

const server = "packages/server/src";

testSamples("importRule() refuses", importRule, [
  {
    name: "a package that imports upwards",
    path: "packages/raft/src/log.ts",
    text: 'import { a } from "@etcd-ts/proto";',
    expected: ["1 package raft may not import proto"],
  },
  {
    name: "a package imported by path",
    path: `${server}/peer/stream.ts`,
    text: 'import { a } from "@etcd-ts/wire/dist/frames.js";',
    expected: ["1 @etcd-ts/wire/dist/frames.js: import packages by their name only"],
  },
  {
    name: "a relative path into another package",
    path: `${server}/peer/stream.ts`,
    text: 'import { a } from "../../../wire/src/index.ts";',
    expected: ["1 ../../../wire/src/index.ts leaves the package"],
  },
  {
    name: "a package that imports itself by name",
    path: "packages/wire/src/frames.ts",
    text: 'export { a } from "@etcd-ts/wire";',
    expected: ["1 @etcd-ts/wire is this package"],
  },
  {
    name: "a file inside another folder",
    path: `${server}/machine/apply.ts`,
    text: 'import { a } from "../mvcc/store.ts";',
    expected: ["1 ../mvcc/store.ts is inside folder mvcc: import its index.ts"],
  },
  {
    name: "an arrow that points upward, in a type too",
    path: `${server}/mvcc/store.ts`,
    text: 'import { a } from "../lease/index.ts";\nexport type B = import("../member/index.ts").B;',
    expected: ["1 mvcc may not import lease", "2 mvcc may not import member"],
  },
  {
    name: "two folders of one level",
    path: `${server}/lease/lessor.ts`,
    text: 'import { a } from "../auth/index.ts";',
    expected: ["1 lease may not import auth"],
  },
  {
    name: "an API generation that reads another",
    path: `${server}/api/v3/kv.ts`,
    text: 'import { a } from "../v2/index.ts";',
    expected: ["1 api/v3 may not import api/v2"],
  },
  {
    name: "the package's root from below, and dynamically",
    path: `${server}/wal/segment.ts`,
    text: 'const a = await import("../index.ts");',
    expected: ["1 folder wal imports the package's root"],
  },
  {
    name: "a folder without a level",
    path: `${server}/stuff/a.ts`,
    text: 'import { a } from "../wal/index.ts";',
    expected: ["1 folder stuff has no level"],
  },
  {
    name: "test material in production code",
    path: `${server}/wal/segment.ts`,
    text: 'import { a } from "./testing/disk.ts";\nimport { b } from "@etcd-ts/raft/testing";',
    expected: ["1 production code imports ./testing/disk.ts", "2 production code imports @etcd-ts/raft/testing"],
  },
  {
    name: "node: outside adapters/",
    path: `${server}/wal/segment.ts`,
    text: 'import { open } from "node:fs/promises";',
    expected: ["1 node:fs/promises outside adapters/"],
  },
  {
    name: "a package's platform entry outside adapters/",
    path: `${server}/api/v3/serve.ts`,
    text: 'import { listen } from "@etcd-ts/wire/node";',
    expected: ["1 @etcd-ts/wire/node outside adapters/"],
  },
  {
    name: "timers in testing/",
    path: `${server}/wal/testing/disk.ts`,
    text: 'import { setTimeout } from "node:timers/promises";',
    expected: ["1 node:timers/promises outside adapters/"],
  },
  {
    name: "a library in a core package",
    path: "packages/wire/src/frames.ts",
    text: 'import { a } from "pino";',
    expected: ["1 package wire imports nothing, but here pino"],
  },
  {
    name: "a library that is not listed, or out of its place",
    path: `${server}/mvcc/store.ts`,
    text: 'import { a } from "left-pad";\nimport { open } from "lmdb";',
    expected: ["1 library left-pad is not in the list", "2 library lmdb belongs into adapters"],
  },
]);

testSamples("importRule() accepts", importRule, [
  {
    name: "arrows that point downward, through index.ts or lib",
    path: `${server}/machine/apply.ts`,
    text: 'import { a } from "../mvcc/index.ts";\nimport { assert } from "../lib/assert.ts";\nimport { c } from "@etcd-ts/proto";',
    expected: [],
  },
  {
    name: "neighbours in one folder and below it",
    path: `${server}/api/v3/kv.ts`,
    text: 'import { a } from "./range.ts";\nimport { b } from "./watch/stream.ts";\nimport { c } from "../authorise.ts";',
    expected: [],
  },
  {
    name: "node: and libraries in adapters/",
    path: `${server}/adapters/lmdb-backend.ts`,
    text: 'import { open } from "lmdb";\nimport { join } from "node:path";\nimport { listen } from "@etcd-ts/wire/node";',
    expected: [],
  },
  {
    name: "anything below the composition root",
    path: `${server}/main.ts`,
    text: 'import { a } from "./adapters/index.ts";\nimport { b } from "./config/index.ts";\nimport { argv } from "node:process";',
    expected: [],
  },
  {
    name: "a generated file that reads the files of another folder",
    path: "packages/proto/src/generated/rpc.ts",
    text: 'import { a } from "../codec/reader.ts";',
    expected: [],
  },
  {
    name: "the test runner in a contract suite",
    path: `${server}/ports/backend-contract.ts`,
    text: 'import { test } from "node:test";\nimport assert from "node:assert/strict";\nimport fc from "fast-check";',
    expected: [],
  },
  {
    name: "the world in tests",
    path: "packages/raft/src/log.test.ts",
    text: 'import { test } from "node:test";\nimport fc from "fast-check";\nimport { a } from "./testing/network.ts";',
    expected: [],
  },
]);
