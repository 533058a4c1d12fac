/**
 * Comments: a file opens with one, none is a reminder, none is code that was switched off. Fenced examples in doc
 * comments are documentation, not dead code, and are left alone.
 */
import ts from "typescript";
import { type Finding, findingAt, isGenerated, isTest, type Rule, type Source } from "./source.ts";

/** A comment with its place and text, markers included. */
export interface Comment {
  readonly offset: number;
  readonly text: string;
}

const reminder = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"].join("|")})\\b`);

/** Every comment of a file, in order, each once. */
export function commentsOf(source: Source): Comment[] {
  const found = new Map<number, Comment>();
  const add = (ranges: readonly ts.CommentRange[] | undefined): void => {
    for (const { pos, end } of ranges ?? []) found.set(pos, { offset: pos, text: source.text.slice(pos, end) });
  };
  const visit = (node: ts.Node): void => {
    if (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode) return;
    const children = node.getChildren(source.tree);
    if (children.length === 0 && node.kind !== ts.SyntaxKind.JsxText) {
      add(ts.getLeadingCommentRanges(source.text, node.getFullStart()));
      add(ts.getTrailingCommentRanges(source.text, node.end));
    }
    for (const child of children) visit(child);
  };
  visit(source.tree);
  return [...found.values()].sort((left, right) => left.offset - right.offset);
}

/** Refuses reminders: an open question belongs into an issue. */
export const reminderRule: Rule = (source) => {
  const findings: Finding[] = [];
  for (const { offset, text } of commentsOf(source)) {
    const match = reminder.exec(text);
    if (match !== null) {
      const message = `${match[1]}: finish it, or open an issue`;
      findings.push(findingAt(source, offset + match.index, { rule: "reminders", message }));
    }
  }
  return findings;
};

/** Refuses code that was commented out: version control remembers it. */
export const deadCodeRule: Rule = (source) => {
  const findings: Finding[] = [];
  for (const { offset, text } of commentsOf(source)) {
    if (text.startsWith("/**")) continue;
    const dead = text.split("\n").map(stripMarkers).find(looksLikeCode);
    if (dead !== undefined) {
      findings.push(findingAt(source, offset, { rule: "dead code", message: `commented-out code: ${dead}` }));
    }
  }
  return findings;
};

function stripMarkers(line: string): string {
  return line
    .replace(/^\s*(\/\/|\/\*|\*)\s?/, "")
    .replace(/\*\/\s*$/, "")
    .trim();
}

function looksLikeCode(line: string): boolean {
  const isShaped =
    /[;{]$/.test(line) || /^(const|let|import|export|return|await|throw|if|for|while)\b.*[=({"']/.test(line);
  return isShaped && line.length > 3 && (parses(line) || parses(`${line}}`));
}

function parses(line: string): boolean {
  const { diagnostics } = ts.transpileModule(`async function f() {${line}}`, {
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ES2023 },
  });
  return diagnostics?.length === 0;
}

/** Asks for a comment at the top of every file but tests, generated files and files that only re-export. */
export const openingRule: Rule = (source) => {
  const exempt = isTest(source.path) || isGenerated(source.path) || source.tree.statements.every(isReExport);
  if (exempt || /^(#!.*\n)?\s*\/[/*]/.test(source.text)) return [];
  const message = "the file does not open with a comment that says what it is";
  return [{ rule: "opening comment", path: source.path, line: 1, message }];
};

function isReExport(statement: ts.Statement): boolean {
  return ts.isExportDeclaration(statement) || ts.isImportDeclaration(statement);
}
