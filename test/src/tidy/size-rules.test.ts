import { testSamples } from "./rule-samples.ts";
import { fileSizeRule, functionSizeRule } from "./size-rules.ts";

const path = "packages/raft/src/log.ts";
const body = (lines: number): string => "  a();\n".repeat(lines - 2);
const rows = (lines: number): string => "  1,\n".repeat(lines);

testSamples("functionSizeRule() refuses", functionSizeRule, [
  {
    name: "a function of 71 lines",
    path,
    text: `function long() {\n${body(71)}}`,
    expected: ["1 long has 71 lines, at most 70"],
  },
  {
    name: "a long method and a long arrow",
    path,
    text: `class A {\nlong() {\n${body(71)}}\n}\nconst b = () => {\n${body(72)}};`,
    expected: ["2 long has 71 lines", "74 b has 72 lines"],
  },
  {
    name: "a long single test",
    path: "packages/raft/src/log.test.ts",
    text: `test("a", () => {\n${body(71)}});`,
    expected: ["1 a function has 71 lines"],
  },
  {
    name: "a describe of 151 lines",
    path: "packages/raft/src/log.test.ts",
    text: `describe("a", () => {\n${body(151)}});`,
    expected: ["1 a function has 151 lines, at most 150"],
  },
]);

testSamples("functionSizeRule() accepts", functionSizeRule, [
  { name: "a function of 70 lines", path, text: `function fits() {\n${body(70)}}`, expected: [] },
  {
    name: "a describe of 150 lines",
    path: "packages/raft/src/log.test.ts",
    text: `describe("a", () => {\n${body(150)}});`,
    expected: [],
  },
  {
    name: "generated code",
    path: "packages/proto/src/generated/rpc.ts",
    text: `function long() {\n${body(200)}}`,
    expected: [],
  },
]);

testSamples("fileSizeRule() refuses", fileSizeRule, [
  { name: "a file of 501 lines", path, text: "a();\n".repeat(501), expected: ["1 501 lines, at most 500"] },
]);

testSamples("fileSizeRule() accepts", fileSizeRule, [
  { name: "a file of 500 lines", path, text: "a();\n".repeat(500), expected: [] },
  { name: "a table", path, text: `// A table.\nexport const table = [\n${rows(900)}] as const;`, expected: [] },
  { name: "a generated file", path: "packages/proto/src/generated/rpc.ts", text: "a();\n".repeat(900), expected: [] },
]);
