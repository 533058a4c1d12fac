import assert from "node:assert/strict";
import { test } from "node:test";
import { deadCodeRule, openingRule, reminderRule } from "./comment-rules.ts";
import { defaultExportRule, documentationFindings } from "./export-rules.ts";
import { globalRule } from "./global-rules.ts";
import { importRule } from "./import-rules.ts";
import { fileNameRule } from "./name-rules.ts";
import { offenders } from "./offenders.ts";
import { fileSizeRule, functionSizeRule } from "./size-rules.ts";
import { type Finding, formatFinding, type Rule } from "./source.ts";
import { switchedOffRule } from "./test-rules.ts";
import { textFindings } from "./text-rules.ts";
import { readSources, readText, trackedPaths } from "./workspace.ts";

const sources = readSources();
const met = new Set<string>();

function expectNone(findings: readonly Finding[]): void {
  for (const { rule, path } of findings) met.add(`${rule} ${path}`);
  const news = findings.filter(({ rule, path }) => !offenders.includes(`${rule} ${path}`));
  assert.equal(news.map(formatFinding).join("\n"), "");
}

const rules: readonly { readonly promise: string; readonly rule: Rule }[] = [
  { promise: "imports point downward, through index.ts and package names", rule: importRule },
  { promise: "clock, dice, process and event loop stay in adapters", rule: globalRule },
  { promise: "functions fit on a screen", rule: functionSizeRule },
  { promise: "files fit in one head", rule: fileSizeRule },
  { promise: "no comment is a reminder", rule: reminderRule },
  { promise: "no comment is code", rule: deadCodeRule },
  { promise: "files open with a comment", rule: openingRule },
  { promise: "exports have names", rule: defaultExportRule },
  { promise: "file names are kebab-case and say something", rule: fileNameRule },
  { promise: "all tests run", rule: switchedOffRule },
];

test("the repository has sources to check", () => {
  assert.ok(sources.length > 20);
});

for (const { promise, rule } of rules) test(promise, () => expectNone(sources.flatMap(rule)));

test("at least 95 % of the exports of each workspace are documented", () => {
  expectNone(documentationFindings(sources));
});

test("no tracked file holds a machine's path or a registry's host", () => {
  expectNone(trackedPaths().flatMap((path) => textFindings(path, readText(path) ?? "")));
});

test("the list of offenders only names files that still offend", () => {
  assert.deepEqual(
    offenders.filter((offender) => !met.has(offender)),
    [],
  );
});
