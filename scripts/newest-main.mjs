// Which file to start the server from: the bundle (scripts/bundle.mjs) while it is newer than every compiled package, else the modules.
// Runs at every start of the server, so it loads nothing but Node's own file system.
import { readdirSync, statSync } from "node:fs";

const packages = new URL("../packages/", import.meta.url);

/** Where the bundle is made. */
export const bundleUrl = new URL("server/dist/main.bundle.js", packages);

/** The file to import. */
export function newestMain() {
  return isBundleFresh() ? bundleUrl.href : new URL("server/dist/main.js", packages).href;
}

/** Whether no package was compiled since the bundle was made. */
export function isBundleFresh() {
  const bundledMs = modifiedMs(bundleUrl);
  if (bundledMs === undefined) return false;
  return readdirSync(packages).every(
    (name) => (modifiedMs(new URL(`${name}/tsconfig.tsbuildinfo`, packages)) ?? 0) < bundledMs,
  );
}

function modifiedMs(url) {
  return statSync(url, { throwIfNoEntry: false })?.mtimeMs;
}
