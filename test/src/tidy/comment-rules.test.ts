import { deadCodeRule, openingRule, reminderRule } from "./comment-rules.ts";
import { testSamples } from "./rule-samples.ts";

const path = "packages/raft/src/log.ts";
const word = "TO" + "DO";

testSamples("reminderRule() refuses", reminderRule, [
  { name: "a reminder in a line", path, text: `a();\n// ${word}: later`, expected: [`2 ${word}`] },
  {
    name: "one inside a block, inside a function",
    path,
    text: `f(() => {\n /* b\n ${word}(#1) */\n});`,
    expected: [`3 ${word}`],
  },
  { name: "one behind code", path, text: `a(); // ${"FIX" + "ME"} x`, expected: [`1 ${"FIX" + "ME"}`] },
  {
    name: "one in a doc comment",
    path,
    text: `/** ${word} describe. */\nexport const a = 1;`,
    expected: [`1 ${word}`],
  },
]);

testSamples("reminderRule() accepts", reminderRule, [
  { name: "the word in a string", path, text: `const a = "// ${word}";\nconst b = \`${word}\`;`, expected: [] },
]);

testSamples("deadCodeRule() refuses", deadCodeRule, [
  { name: "a statement", path, text: "// const a = compute(1);\nb();", expected: ["1 commented-out code"] },
  { name: "a call", path, text: "b();\n// flush(now);", expected: ["2 commented-out code"] },
  { name: "a block", path, text: "/*\nif (ready) {\n  go();\n}\n*/\nb();", expected: ["1 commented-out code"] },
  {
    name: "a declaration without semicolon",
    path,
    text: "// return left + f(right)\nb();",
    expected: ["1 commented-out"],
  },
]);

testSamples("deadCodeRule() accepts", deadCodeRule, [
  {
    name: "prose, even with code words and a semicolon",
    path,
    text: "// return the leader's term, which may be zero;\n// if nobody won (yet), wait\n// for the next tick: see `a = b;`\nb();",
    expected: [],
  },
  {
    name: "an example in a doc comment",
    path,
    text: "/**\n * ```ts\n * const a = f();\n * ```\n */\nexport const b = 1;",
    expected: [],
  },
]);

testSamples("openingRule() refuses", openingRule, [
  {
    name: "a file that starts with code",
    path,
    text: 'import { a } from "./a.ts";\nexport const b = a;',
    expected: ["1 "],
  },
]);

testSamples("openingRule() accepts", openingRule, [
  { name: "a block comment", path, text: "/**\n * What it is.\n */\nexport const b = 1;", expected: [] },
  {
    name: "line comments after a shebang",
    path: "scripts/a.mjs",
    text: "#!/usr/bin/env node\n// What.\na();",
    expected: [],
  },
  { name: "a file of re-exports", path, text: 'export { a } from "./a.ts";', expected: [] },
  { name: "a test", path: "packages/raft/src/log.test.ts", text: "a();", expected: [] },
]);
