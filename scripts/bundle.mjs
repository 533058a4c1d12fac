// Puts the server's own modules into one file: loading four hundred of them takes as long as everything else at start-up. Libraries
// stay outside, and are the same ones.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleUrl, isBundleFresh } from "./newest-main.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Makes the bundle anew when a package was compiled since; without it, the server runs from its modules. */
export function bundle() {
  const tool = join(root, "node_modules/esbuild/bin/esbuild");
  if (!existsSync(tool) || isBundleFresh()) return;
  const made = `${fileURLToPath(bundleUrl)}.${process.pid}`;
  const options = ["--bundle", "--platform=node", "--format=esm", "--target=node20", "--log-level=warning"];
  const source = join(root, "packages/server/dist/main.js");
  const args = [source, ...options, ...libraries(), `--outfile=${made}`];
  const done = spawnSync(tool, args, { cwd: root, stdio: "inherit" });
  if (done.status === 0) renameSync(made, fileURLToPath(bundleUrl));
  else rmSync(made, { force: true });
}

/** What the server needs and is not ours stays outside. */
function libraries() {
  const { dependencies } = JSON.parse(readFileSync(join(root, "packages/server/package.json"), "utf8"));
  const names = Object.keys(dependencies).filter((name) => !name.startsWith("@etcd-ts/"));
  return names.map((name) => `--external:${name}`);
}
