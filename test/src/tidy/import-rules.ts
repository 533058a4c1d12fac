/**
 * Who may import whom: docs/architecture.md as code. Packages point only downward, the folders of `packages/server/src`
 * too, one folder reaches another only through its `index.ts`, and the world (`node:*`, npm) enters only where it is
 * listed. Tests and `testing/` folders may look sideways and at more of the world; production code may not look at them.
 */
import ts from "typescript";
import {
  type Finding,
  findingAt,
  isBelow,
  isGenerated,
  isTest,
  isTestMaterial,
  type Rule,
  type Source,
  walkTree,
} from "./source.ts";

const packageArrows: Readonly<Record<string, readonly string[]>> = {
  raft: [],
  wire: [],
  proto: [],
  server: ["raft", "wire", "proto"],
  client: ["wire", "proto"],
  ctl: ["client", "proto", "server"],
  dashboard: ["client"],
};

/** Lowest first; a folder may import the levels before its own, never its own level or a later one. */
const serverLevels: readonly (readonly string[])[] = [
  ["lib"],
  ["ports"],
  ["wal"],
  ["mvcc"],
  ["lease", "auth", "membership", "alarm", "v2"],
  ["machine", "discovery"],
  ["member"],
  ["peer"],
  ["api"],
  ["adapters"],
  ["config"],
];

/** Below `api/`, these read another one; all others are islands. */
const apiArrows: Readonly<Record<string, readonly string[]>> = { gateway: ["v3"], legacy: ["v2"] };

/** Run-time libraries and the only places for them; `""` is anywhere in the package. */
const libraries: Readonly<Record<string, readonly string[]>> = {
  lmdb: ["adapters"],
  "fs-native-extensions": ["adapters"],
  "@peculiar/x509": ["adapters"],
  "reflect-metadata": ["adapters"],
  pino: ["adapters"],
  "prom-client": ["adapters"],
  yaml: ["adapters", "config"],
  "@node-rs/bcrypt": ["adapters"],
  jose: ["adapters"],
  "@node-rs/crc32": [""],
};

const corePackages = new Set(["raft", "wire", "proto"]);
const testingModules = new Set(["test", "assert", "assert/strict", "fs", "path", "url"]);

/** Where a file stands: its workspace, and its folders below `src`. */
interface Place {
  readonly workspace: string;
  readonly folders: readonly string[];
}

/** Checks every import, re-export, dynamic import and import type of a file. */
export const importRule: Rule = (source) => {
  const place = placeOf(source.path);
  if (place === undefined) return [];
  const findings: Finding[] = [];
  for (const { specifier, offset } of importsOf(source)) {
    const message = judge(source, place, specifier);
    if (message !== undefined) findings.push(findingAt(source, offset, { rule: "imports", message }));
  }
  return findings;
};

/** Every module specifier in a file with its offset, types included. */
export function importsOf(source: Source): { specifier: string; offset: number }[] {
  const found: { specifier: string; offset: number }[] = [];
  walkTree(source.tree, (node) => {
    const literal = specifierOf(node);
    if (literal !== undefined && ts.isStringLiteral(literal)) {
      found.push({ specifier: literal.text, offset: literal.getStart(source.tree) });
    }
  });
  return found;
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0];
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  return undefined;
}

function placeOf(path: string): Place | undefined {
  const parts = path.split("/");
  if (parts[0] === "packages" && parts[2] === "src") {
    return { workspace: parts[1] ?? "", folders: parts.slice(3, -1) };
  }
  if ((parts[0] === "test" || parts[0] === "bench") && parts[1] === "src") {
    return { workspace: parts[0], folders: parts.slice(2, -1) };
  }
  return undefined;
}

function judge(source: Source, place: Place, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return judgeRelative(source, place, specifier);
  if (specifier.startsWith("@etcd-ts/")) return judgePackage(source, place, specifier);
  return judgeOutside(source, place, specifier);
}

/** Tests, `testing/` folders and the tool workspaces see more than production code does. */
function isTooling(source: Source, place: Place): boolean {
  return isTest(source.path) || isTestMaterial(source.path) || !source.path.startsWith(`packages/${place.workspace}`);
}

function judgeRelative(source: Source, place: Place, specifier: string): string | undefined {
  const target = resolve(source.path, specifier);
  const there = placeOf(target);
  if (there === undefined || there.workspace !== place.workspace) {
    return `${specifier} leaves the package: import it by its package name`;
  }
  const tooling = isTooling(source, place);
  if (!tooling && isBelow(target, "testing")) return `production code imports ${specifier}, which is made for tests`;
  const [from, to] = [moduleOf(place), moduleOf(there)];
  if (from === to || (to !== "" && from.startsWith(`${to}/`))) return undefined;
  const needsIndex = to !== "" && there.folders[0] !== "lib" && !isGenerated(source.path);
  if (needsIndex && !target.endsWith("/index.ts")) {
    return `${specifier} is inside folder ${to}: import its index.ts`;
  }
  if (place.workspace !== "server" || from === "" || tooling) return undefined;
  return judgeServerArrow(from, to);
}

/** The folder that owns a file: `wal`, or two levels below `api` (`api/v3`). Deeper folders and `testing/` belong to it. */
function moduleOf(place: Place): string {
  const [first = "", second] = place.folders.filter((folder) => folder !== "testing");
  return place.workspace === "server" && first === "api" && second !== undefined ? `api/${second}` : first;
}

function judgeServerArrow(from: string, to: string): string | undefined {
  if (to === "") return `folder ${from} imports the package's root: arrows point downward only`;
  const [fromArea = "", fromApi = ""] = from.split("/");
  const [toArea = "", toApi = ""] = to.split("/");
  const level = (area: string): number => serverLevels.findIndex((names) => names.includes(area));
  if (level(fromArea) < 0) return `folder ${fromArea} has no level: add it to the list in import-rules.ts`;
  if (level(toArea) < 0) return `folder ${toArea} has no level: add it to the list in import-rules.ts`;
  if (fromArea === "api" && toArea === "api") {
    return toApi === "" || apiArrows[fromApi]?.includes(toApi) ? undefined : `${from} may not import ${to}`;
  }
  return level(toArea) < level(fromArea) ? undefined : `${from} may not import ${to}: arrows point downward only`;
}

function judgePackage(source: Source, place: Place, specifier: string): string | undefined {
  const [name = "", ...rest] = specifier.slice("@etcd-ts/".length).split("/");
  const entry = rest.join("/");
  if (!["", "node", "testing"].includes(entry)) return `${specifier}: import packages by their name only`;
  if (entry === "testing" && !isTooling(source, place)) return `production code imports ${specifier}, made for tests`;
  if (entry === "node" && !mayTouchNode(source, place)) return `${specifier} outside adapters/`;
  if (name === place.workspace) return `${specifier} is this package: use a relative path`;
  const allowed = packageArrows[place.workspace];
  if (allowed === undefined || allowed.includes(name)) return undefined;
  return `package ${place.workspace} may not import ${name}`;
}

/** Adapters, the composition root and tools may import a package's `/node` entry, its adapters to the platform. */
function mayTouchNode(source: Source, place: Place): boolean {
  return isBelow(source.path, "adapters") || place.folders.length === 0 || isTooling(source, place);
}

function judgeOutside(source: Source, place: Place, specifier: string): string | undefined {
  if (place.workspace === "test" || place.workspace === "bench" || isTest(source.path)) return undefined;
  if (specifier.startsWith("node:")) return judgeNode(source, specifier.slice("node:".length));
  if (isTestMaterial(source.path)) return undefined;
  if (corePackages.has(place.workspace)) return `package ${place.workspace} imports nothing, but here ${specifier}`;
  if (place.workspace !== "server") return undefined;
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  const homes = libraries[name];
  if (homes === undefined) return `library ${name} is not in the list of docs/dependencies.md`;
  if (homes.includes("") || homes.includes(place.folders[0] ?? "")) return undefined;
  return `library ${name} belongs into ${homes.join(" or ")}`;
}

function judgeNode(source: Source, module: string): string | undefined {
  if (isBelow(source.path, "adapters")) return undefined;
  if (isTestMaterial(source.path) && testingModules.has(module)) return undefined;
  if (source.path === "packages/server/src/main.ts") return undefined;
  return `node:${module} outside adapters/`;
}

function resolve(path: string, specifier: string): string {
  const parts = path.split("/").slice(0, -1);
  for (const step of specifier.split("/")) {
    if (step === "..") parts.pop();
    else if (step !== ".") parts.push(step);
  }
  return parts.join("/");
}
