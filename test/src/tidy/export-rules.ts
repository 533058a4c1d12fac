/**
 * Exports: named ones only, and documented. The share of documented exports is measured over each workspace; single
 * gaps are allowed until the share falls below the bound, so that a trivial constant needs no ceremony.
 */
import ts from "typescript";
import { type Finding, findingAt, isGenerated, isTest, type Rule, type Source } from "./source.ts";

/** Least share of exported symbols that carry a doc comment. */
export const documentedShareMin = 0.95;

/** One exported declaration and whether it is documented. */
export interface ExportedSymbol {
  readonly name: string;
  readonly offset: number;
  readonly documented: boolean;
}

/** Refuses default exports: they have no name to search for. */
export const defaultExportRule: Rule = (source) =>
  source.tree.statements
    .filter(isDefaultExport)
    .map((statement) =>
      findingAt(source, statement.getStart(source.tree), { rule: "default export", message: "export it by name" }),
    );

function isDefaultExport(statement: ts.Statement): boolean {
  return ts.isExportAssignment(statement) || hasModifier(statement, ts.SyntaxKind.DefaultKeyword);
}

function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === kind);
}

/** Every symbol that a file declares and exports; re-exports belong to the file that declares them. */
export function exportedSymbols(source: Source): ExportedSymbol[] {
  const later = new Set<string>();
  for (const statement of source.tree.statements) {
    const isLocalList = ts.isExportDeclaration(statement) && statement.moduleSpecifier === undefined;
    if (!isLocalList || statement.exportClause === undefined || !ts.isNamedExports(statement.exportClause)) continue;
    for (const element of statement.exportClause.elements) later.add((element.propertyName ?? element.name).text);
  }
  return source.tree.statements.flatMap((statement) => {
    const isExported = hasModifier(statement, ts.SyntaxKind.ExportKeyword);
    return namesOf(statement)
      .filter((name) => isExported || later.has(name))
      .map((name) => ({ name, offset: statement.getStart(source.tree), documented: isDocumented(statement) }));
  });
}

/** Overloads count once: the last declaration of a function, the implementation, carries the comment of the first. */
function isDocumented(statement: ts.Statement): boolean {
  if (ts.getJSDocCommentsAndTags(statement).length > 0) return true;
  if (!ts.isFunctionDeclaration(statement) || statement.name === undefined) return false;
  const name = statement.name.text;
  return statement
    .getSourceFile()
    .statements.some(
      (other) =>
        ts.isFunctionDeclaration(other) && other.name?.text === name && ts.getJSDocCommentsAndTags(other).length > 0,
    );
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((declaration) => declaration.name.getText());
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return isNamed && statement.name !== undefined ? [statement.name.text] : [];
}

/** The comment at the top of a file documents the export that the file is named after. */
function isMainExport(source: Source, { name }: ExportedSymbol): boolean {
  const stem = (source.path.split("/").pop() ?? "").replace(/\..*$/, "");
  return name.toLowerCase() === stem.replaceAll("-", "") && /^(#!.*\n)?\s*\/\*\*/.test(source.text);
}

/** A type derived from the constant of the same name shares its comment: `export type Role = … typeof Role …`. */
function isDerivedType(source: Source, symbol: ExportedSymbol): boolean {
  const statement = source.tree.statements.find((node) => node.getStart(source.tree) === symbol.offset);
  return statement !== undefined && ts.isTypeAliasDeclaration(statement) && /\btypeof\b/.test(statement.type.getText());
}

/** Undocumented exports of every workspace whose documented share is below the bound, with that share. */
export function documentationFindings(sources: readonly Source[]): Finding[] {
  const byWorkspace = new Map<string, Source[]>();
  for (const source of sources) {
    if (isTest(source.path) || isGenerated(source.path)) continue;
    const workspace = source.path.split("/src/")[0] ?? source.path;
    byWorkspace.set(workspace, [...(byWorkspace.get(workspace) ?? []), source]);
  }
  return [...byWorkspace.values()].flatMap(workspaceGaps);
}

function workspaceGaps(sources: readonly Source[]): Finding[] {
  let count = 0;
  const gaps: Finding[] = [];
  for (const source of sources) {
    for (const symbol of exportedSymbols(source)) {
      count++;
      if (symbol.documented || isDerivedType(source, symbol) || isMainExport(source, symbol)) continue;
      const message = `export ${symbol.name} has no doc comment`;
      gaps.push(findingAt(source, symbol.offset, { rule: "documentation", message }));
    }
  }
  const share = count === 0 ? 1 : 1 - gaps.length / count;
  return share >= documentedShareMin ? [] : gaps;
}
