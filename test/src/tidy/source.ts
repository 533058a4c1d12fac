/**
 * One parsed source file, as every tidy rule sees it: its path from the root of the repository, its text and its syntax
 * tree. Rules are pure functions of sources, so each can be shown failing on a sample that exists only in memory.
 */
import ts from "typescript";

/** A source file with its tree; `path` uses forward slashes and starts at the root of the repository. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

/** One broken rule at one place. */
export interface Finding {
  readonly rule: string;
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

/** A rule looks at one file and lists what breaks it; an empty list means the file is fine. */
export type Rule = (source: Source) => Finding[];

/** Parses a file's text; syntax errors are the compiler's business and are ignored here. */
export function parseSource(path: string, text: string): Source {
  const kind = path.endsWith(".mjs") ? ts.ScriptKind.JS : ts.ScriptKind.TS;
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true, kind) };
}

/** Line of a character offset, counted from 1. */
export function lineOf(source: Source, offset: number): number {
  return source.tree.getLineAndCharacterOfPosition(offset).line + 1;
}

/** Makes a finding at a character offset. */
export function findingAt(source: Source, offset: number, what: { rule: string; message: string }): Finding {
  return { ...what, path: source.path, line: lineOf(source, offset) };
}

/** One line of text for people: `path:line rule: message`. */
export function formatFinding(finding: Finding): string {
  return `${finding.path}:${finding.line} ${finding.rule}: ${finding.message}`;
}

/** Calls `visit` for every node of the tree, parents first. */
export function walkTree(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walkTree(child, visit));
}

/** True for `x.test.ts` files. */
export function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}

/** True below a `generated/` folder. */
export function isGenerated(path: string): boolean {
  return path.includes("/generated/");
}

/** True below a folder of that name. */
export function isBelow(path: string, folder: string): boolean {
  return path.split("/").slice(0, -1).includes(folder);
}

/** True for material that only tests use: `testing/` folders, and contract suites (`backend-contract.ts`). */
export function isTestMaterial(path: string): boolean {
  return isBelow(path, "testing") || path.endsWith("-contract.ts");
}
