/**
 * Reads the repository for the tidy test: every source file below the workspaces, and every text file that may be
 * tracked. Folders that `.gitignore` names are left out, so that no git command is needed and a downloaded archive
 * of the sources can be checked too.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSource, type Source } from "./source.ts";

/** The root of the repository, found from the compiled file's place in `test/dist/tidy`. */
export const repositoryRoot = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

const ignoredFolders = new Set(["node_modules", "dist", ".git", "coverage"]);
const binaryEndings = /\.(png|jpg|ico|gz|node|woff2|wal|snap|db|bin)$/;

/** Paths of all files that may be tracked, from the root of the repository, sorted. */
export function trackedPaths(): string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(repositoryRoot, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!ignoredFolders.has(entry.name) && !entry.name.endsWith(".etcd")) walk(path);
      } else if (entry.isFile() && !entry.name.endsWith(".tsbuildinfo") && path !== ".git") found.push(path);
    }
  };
  walk("");
  return found.sort();
}

/** The text of a file, or undefined for one that is not text. */
export function readText(path: string): string | undefined {
  return binaryEndings.test(path) ? undefined : readFileSync(join(repositoryRoot, path), "utf8");
}

/** Every TypeScript source of the workspaces and every script, parsed. */
export function readSources(): Source[] {
  const inScope = /^(packages\/[^/]+\/src|test\/src|bench\/src|scripts)\/.*\.(ts|mjs)$/;
  return trackedPaths()
    .filter((path) => inScope.test(path) && !path.includes("/testdata/"))
    .map((path) => parseSource(path, readFileSync(join(repositoryRoot, path), "utf8")));
}
