// `npm run traces -- DIR`: replays every trace file below a folder on the Raft core; lists what differs, exits 1 if any does.
// Sets the project up first when needed. Without a folder it replays the project's own traces.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { build, install, root } from "./setup.mjs";

install();
build("packages/raft");
const { diffOf, replayTrace } = await import("../packages/raft/dist/testing/trace/index.js");

const folder = resolve(process.argv[2] ?? join(root, "packages/raft/testdata"));
let passed = 0;
let failed = 0;
for (const path of traceFiles(folder)) {
  const name = relative(folder, path) || path;
  const replayed = replayTrace(readFileSync(path, "utf8"));
  const wrong = replayed.filter((one) => !one.passed);
  for (const one of wrong.slice(0, 3)) console.log(`${name}:${one.line}: ${one.directive}\n${diffOf(one)}\n`);
  if (wrong.length > 3) console.log(`${name}: ${wrong.length - 3} more cases differ\n`);
  passed += replayed.length - wrong.length;
  failed += wrong.length;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

/** Every text file below a folder that is no documentation, in the order of names. */
function traceFiles(path) {
  if (!statSync(path).isDirectory()) return [path];
  const below = readdirSync(path).filter((name) => !name.startsWith(".") && !name.endsWith(".md"));
  return below.sort().flatMap((name) => traceFiles(join(path, name)));
}
