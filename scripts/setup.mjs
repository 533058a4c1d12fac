// Makes a fresh clone runnable: installs what package-lock.json names, then compiles.
// Uses only Node's own modules, because it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";

/** The root of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs a command with inherited output; ends this process with its exit code when it fails. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (done.error) throw done.error;
  if (done.status !== 0) process.exit(done.status ?? 1);
}

/** Installs the locked dependencies when they are missing or older than the lock file. */
export function install() {
  const lock = join(root, "package-lock.json");
  const stamp = join(root, "node_modules", ".installed-lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === readFileSync(lock, "utf8")) return;
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { shell: process.platform === "win32" });
  writeFileSync(stamp, readFileSync(lock));
}

/** Compiles every package and bundles the server; incremental, so a second call takes a moment. */
export function build(project) {
  run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", ...(project ? [project] : [])]);
  bundle();
}

/** Lists the compiled test files below the given folders; a test whose source is gone does not count. */
export function testFiles(folders) {
  const found = [];
  const walk = (folder) => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) walk(path);
      else if (name.endsWith(".test.js") && existsSync(sourceOf(path))) found.push(path);
    }
  };
  for (const folder of folders) if (existsSync(join(root, folder))) walk(join(root, folder));
  return found.sort();
}

function sourceOf(compiled) {
  const inPackage = compiled.lastIndexOf(`${join("/", "dist", "/")}`);
  return `${compiled.slice(0, inPackage)}/src/${compiled.slice(inPackage + 6, -3)}.ts`;
}

/** Folders that hold compiled tests. */
export function testFolders() {
  const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}/dist`);
  return [...packages, "bench/dist", "test/dist"];
}
