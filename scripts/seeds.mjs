// `npm run seeds [-- --only 000] [--chapter WORD] [--exec "PROGRAM FLAGS"]`: see test/src/seeds/run.ts. The documents name
// fixed ports, so each runs in a network namespace of its own where the system grants one; elsewhere one after the other
// on this machine's loopback, whose ports 2379, 2380, 4001 and 7001 must then be free.
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build, install, root } from "./setup.mjs";

const [first, ...rest] = process.argv.slice(2);
if (first === "--here") {
  const { main } = await import("../test/dist/seeds/run.js");
  process.exit(await main(rest, join(root, "bin/etcd")));
}

install();
build();
const args = process.argv.slice(2);
const chosen = args.includes("--only") ? [[]] : ["000", "001", "002"].map((name) => ["--only", name]);
const unshare = ["--net", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]), "--kill-child"];
const up = "ip link set lo up";
const hasNamespaces = spawnSync("unshare", [...unshare, "sh", "-c", up], { stdio: "ignore" }).status === 0;
const here = [process.execPath, join(root, "scripts/seeds.mjs"), "--here", ...args];

if (!hasNamespaces) console.log("seeds: no network namespaces here, the documents run on this machine's own ports");
const codes = hasNamespaces ? await Promise.all(chosen.map(runApart)) : [];
for (const only of hasNamespaces ? [] : chosen) codes.push(await watch(spawn(here[0], [...here.slice(1), ...only])));
process.exit(codes.every((code) => code === 0) ? 0 : 1);

function runApart(only) {
  const child = spawn("unshare", [...unshare, "sh", "-c", `${up} && exec "$@"`, "sh", ...here, ...only]);
  return watch(child);
}

function watch(child) {
  for (const name of ["stdout", "stderr"]) {
    createInterface({ input: child[name] }).on("line", (line) => process[name].write(`${line}\n`));
  }
  return new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)));
}
