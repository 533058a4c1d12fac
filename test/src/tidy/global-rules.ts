/**
 * Determinism: outside `adapters/` nothing reads the clock, the dice, the process or the event loop, so that a member
 * runs the same way twice from one seed. The check is by name and scope-blind in the safe direction: a name that the
 * file declares itself, anywhere, is taken for the file's own.
 */
import ts from "typescript";
import { type Finding, findingAt, isBelow, isTest, type Rule, type Source, walkTree } from "./source.ts";

const bannedNames = new Set([
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "clearTimeout",
  "clearInterval",
  "clearImmediate",
  "process",
  "Buffer",
  "performance",
  "console",
  "crypto",
  "fetch",
  "require",
  "globalThis",
  "NodeJS",
]);

const bannedMembers = new Set(["Date.now", "Math.random", "AbortSignal.timeout"]);

/** Checks production code and `testing/` folders of the packages; tools in `test/` and `bench/` are free. */
export const globalRule: Rule = (source) => {
  if (!source.path.startsWith("packages/") || isTest(source.path) || isBelow(source.path, "adapters")) return [];
  const isRoot = source.path === "packages/server/src/main.ts";
  const own = declaredNames(source);
  const findings: Finding[] = [];
  walkTree(source.tree, (node) => {
    const name = bannedUse(node, own);
    if (name === undefined || (isRoot && name === "process")) return;
    const message = `${name} outside adapters/: take it in through a port`;
    findings.push(findingAt(source, node.getStart(source.tree), { rule: "globals", message }));
  });
  return findings;
};

function bannedUse(node: ts.Node, own: ReadonlySet<string>): string | undefined {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    const member = `${node.expression.text}.${node.name.text}`;
    if (bannedMembers.has(member) && !own.has(node.expression.text)) return member;
  }
  if (ts.isNewExpression(node) && isDate(node.expression) && !node.arguments?.length) return "new Date()";
  if (ts.isCallExpression(node) && isDate(node.expression)) return "Date()";
  if (ts.isIdentifier(node) && bannedNames.has(node.text) && !own.has(node.text) && isReference(node)) return node.text;
  return undefined;
}

function isDate(node: ts.Node): boolean {
  return ts.isIdentifier(node) && node.text === "Date";
}

/** Names the file binds itself: variables, parameters, functions, classes, imports. */
function declaredNames(source: Source): Set<string> {
  const names = new Set<string>();
  walkTree(source.tree, (node) => {
    const isBinding =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isImportSpecifier(node) ||
      ts.isNamespaceImport(node) ||
      ts.isImportClause(node);
    if (isBinding && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
  });
  return names;
}

/** False where an identifier is only the name of a member: `x.process`, `{ process: 1 }`, `process(): void`. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) || ts.isBindingElement(parent)) {
    return !("name" in parent && parent.name === node) && !("propertyName" in parent && parent.propertyName === node);
  }
  if (ts.isQualifiedName(parent)) return parent.left === node;
  const isMemberName =
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isGetAccessor(parent) ||
    ts.isSetAccessor(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isExportSpecifier(parent);
  return !(isMemberName && (parent.name === node || ("propertyName" in parent && parent.propertyName === node)));
}
