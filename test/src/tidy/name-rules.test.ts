import { fileNameRule } from "./name-rules.ts";
import { testSamples } from "./rule-samples.ts";

testSamples("fileNameRule() refuses", fileNameRule, [
  { name: "camelCase files", path: "packages/raft/src/readOnly.ts", text: "", expected: ["1 file name readOnly.ts"] },
  {
    name: "snake_case folders",
    path: "packages/raft/src/read_only/a.ts",
    text: "",
    expected: ["1 folder name read_only"],
  },
  { name: "a drawer file", path: "packages/raft/src/utils.ts", text: "", expected: ['1 "utils" says nothing'] },
  {
    name: "a drawer's test",
    path: "packages/raft/src/helpers.test.ts",
    text: "",
    expected: ['1 "helpers" says nothing'],
  },
  { name: "a drawer folder", path: "packages/raft/src/common/a.ts", text: "", expected: ['1 "common" says nothing'] },
]);

testSamples("fileNameRule() accepts", fileNameRule, [
  { name: "kebab-case", path: "packages/raft/src/read-only.test.ts", text: "", expected: [] },
  { name: "scripts", path: "scripts/setup.mjs", text: "", expected: [] },
]);
