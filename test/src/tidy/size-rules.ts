/**
 * Sizes: a function fits on a screen (70 lines), a file in one head (500). Generated files are exempt; so are tables,
 * that is files whose lines are mostly one literal. In tests the bound of 150 lines is for a `describe` body, and a
 * single test keeps the 70 lines.
 */
import ts from "typescript";
import { type Finding, findingAt, isGenerated, isTest, lineOf, type Rule, type Source, walkTree } from "./source.ts";

/** Most lines of one function, its signature and braces included. */
export const functionLinesMax = 70;
/** Most lines of a `describe` or `suite` callback. */
export const suiteLinesMax = 150;
/** Most lines of one file. */
export const fileLinesMax = 500;
/** Share of a file's lines inside literals from which on it counts as a table. */
const tableShare = 0.8;

/** Checks every function of a file against its bound. */
export const functionSizeRule: Rule = (source) => {
  if (isGenerated(source.path)) return [];
  const findings: Finding[] = [];
  walkTree(source.tree, (node) => {
    if (!isFunction(node)) return;
    const lines = linesOf(source, node);
    const most = isTest(source.path) && isSuite(node) ? suiteLinesMax : functionLinesMax;
    if (lines <= most) return;
    const message = `${nameOf(node)} has ${lines} lines, at most ${most}`;
    findings.push(findingAt(source, node.getStart(source.tree), { rule: "function size", message }));
  });
  return findings;
};

/** Checks the length of a file. */
export const fileSizeRule: Rule = (source) => {
  const lines = lineOf(source, source.text.trimEnd().length);
  if (lines <= fileLinesMax || isGenerated(source.path) || isTable(source, lines)) return [];
  return [{ rule: "file size", path: source.path, line: 1, message: `${lines} lines, at most ${fileLinesMax}` }];
};

function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return ts.isFunctionLike(node) && "body" in node && node.body !== undefined;
}

function linesOf(source: Source, node: ts.Node): number {
  return lineOf(source, node.end) - lineOf(source, node.getStart(source.tree)) + 1;
}

/** True for the callback of `describe(…)` or `suite(…)`. */
function isSuite(node: ts.Node): boolean {
  const call = node.parent;
  if (!ts.isCallExpression(call) || !ts.isIdentifier(call.expression)) return false;
  return call.expression.text === "describe" || call.expression.text === "suite";
}

function nameOf(node: ts.FunctionLikeDeclaration): string {
  if (node.name !== undefined) return node.name.getText();
  const { parent } = node;
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name.getText() : "a function";
}

function isTable(source: Source, lines: number): boolean {
  let inLiterals = 0;
  for (const statement of source.tree.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { initializer } of statement.declarationList.declarations) {
      if (initializer !== undefined && isLiteral(initializer)) inLiterals += linesOf(source, initializer);
    }
  }
  return inLiterals >= lines * tableShare;
}

function isLiteral(node: ts.Expression): boolean {
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return isLiteral(node.expression);
  if (ts.isNewExpression(node)) return node.arguments?.some(isLiteral) ?? false;
  return ts.isArrayLiteralExpression(node) || ts.isObjectLiteralExpression(node);
}
