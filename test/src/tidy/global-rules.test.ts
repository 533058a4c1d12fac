import { globalRule } from "./global-rules.ts";
import { testSamples } from "./rule-samples.ts";

const path = "packages/server/src/lease/lessor.ts";

testSamples("globalRule() refuses", globalRule, [
  { name: "the wall clock", path, text: "const a = Date.now();", expected: ["1 Date.now outside adapters/"] },
  {
    name: "a date of now",
    path,
    text: "const a = new Date();\nconst b = Date();",
    expected: ["1 new Date()", "2 Date()"],
  },
  {
    name: "the dice",
    path,
    text: "const a = Math.random();\ncrypto.randomUUID();",
    expected: ["1 Math.random", "2 crypto"],
  },
  {
    name: "timers and turns of the event loop",
    path,
    text: "setTimeout(f, 1);\nsetInterval(f, 1);\nsetImmediate(f);\nqueueMicrotask(f);\nAbortSignal.timeout(1);",
    expected: ["1 setTimeout", "2 setInterval", "3 setImmediate", "4 queueMicrotask", "5 AbortSignal.timeout"],
  },
  {
    name: "the process, Buffer and performance, as types too",
    path,
    text: "process.exit(1);\nlet a: Buffer;\nperformance.now();\nlet b: NodeJS.Timeout;",
    expected: ["1 process", "2 Buffer", "3 performance", "4 NodeJS"],
  },
  {
    name: "a detour through globalThis",
    path,
    text: "globalThis.setTimeout(f, 1);",
    expected: ["1 globalThis"],
  },
  {
    name: "real time in testing/",
    path: "packages/raft/src/testing/network.ts",
    text: "setImmediate(f);",
    expected: ["1 setImmediate"],
  },
  {
    name: "timers in the composition root",
    path: "packages/server/src/main.ts",
    text: "setTimeout(() => process.exit(), 1);",
    expected: ["1 setTimeout"],
  },
]);

testSamples("globalRule() accepts", globalRule, [
  {
    name: "members that only share a banned name",
    path,
    text: "interface A { process(): void; fetch: number }\na.process();\nconst b = { performance: 1 };\nconst { fetch: c } = a;",
    expected: [],
  },
  {
    name: "names the file declares itself",
    path,
    text: "function f(process: number) { return process; }",
    expected: [],
  },
  { name: "a date made from a number", path, text: "const a = new Date(wallMs).toISOString();", expected: [] },
  { name: "adapters/", path: "packages/server/src/adapters/clock.ts", text: "Date.now();", expected: [] },
  { name: "tests", path: "packages/server/src/lease/lessor.test.ts", text: "setImmediate(f);", expected: [] },
  { name: "tools", path: "bench/src/load.ts", text: "process.exit();", expected: [] },
  { name: "the process in the root", path: "packages/server/src/main.ts", text: "process.argv;", expected: [] },
]);
