import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultExportRule, documentationFindings } from "./export-rules.ts";
import { testSamples } from "./rule-samples.ts";
import { parseSource } from "./source.ts";

const path = "packages/raft/src/log.ts";

testSamples("defaultExportRule() refuses", defaultExportRule, [
  { name: "an expression", path, text: "export default 1;", expected: ["1 export it by name"] },
  { name: "a function", path, text: "a();\nexport default function b() {}", expected: ["2 export it by name"] },
]);

testSamples("defaultExportRule() accepts", defaultExportRule, [
  { name: "named exports", path, text: "export const a = 1;\nexport { b };", expected: [] },
]);

const gaps = (...texts: string[]): string[] =>
  documentationFindings(texts.map((text, index) => parseSource(`packages/raft/src/f${index}.ts`, text))).map(
    ({ line, message }) => `${line} ${message}`,
  );

test("documentationFindings() lists undocumented exports of every kind", () => {
  const kinds = ["function a() {}", "const a = 1;", "class a {}", "interface a {}", "type a = 1;"];
  for (const kind of kinds) assert.deepEqual(gaps(`b();\nexport ${kind}`), ["2 export a has no doc comment"]);
});

test("documentationFindings() sees exports listed at the end of a file", () => {
  assert.deepEqual(gaps("const a = 1;\nexport { a as b };"), ["1 export a has no doc comment"]);
});

test("documentationFindings() accepts documented exports, overloads and types derived from a constant", () => {
  const overloads = "/** Doc. */\nexport function b(x: 1): 1;\nexport function b(x: 2): 2 { return x; }";
  const derived = "/** Doc. */\nexport const c = [1] as const;\nexport type C = (typeof c)[number];";
  assert.deepEqual(gaps("/** Doc. */\nexport const a = 1;", overloads, derived, "const internal = 1;"), []);
});

test("documentationFindings() takes the comment at the top of a file for its main export's, and for no other's", () => {
  const text = '/** What it is. */\nimport { a } from "./a.ts";\nexport class ReadOnly {}\nexport class Other {}';
  const found = documentationFindings([parseSource("packages/raft/src/read-only.ts", text)]);
  assert.deepEqual(
    found.map(({ message }) => message),
    ["export Other has no doc comment"],
  );
});

test("documentationFindings() allows one gap in twenty and not two", () => {
  const documented = "/** Doc. */\nexport const a = 1;\n".repeat(19);
  assert.deepEqual(gaps(`${documented}export const b = 1;`), []);
  assert.equal(gaps(`${documented}export const b = 1;\nexport const c = 1;`).length, 2);
});

test("documentationFindings() judges each workspace by itself", () => {
  const full = parseSource("packages/wire/src/a.ts", "/** Doc. */\nexport const a = 1;\n".repeat(100));
  const poor = parseSource("packages/raft/src/b.ts", "export const b = 1;");
  assert.deepEqual(
    documentationFindings([full, poor]).map((finding) => finding.path),
    ["packages/raft/src/b.ts"],
  );
});
