// `npm run chaos [-- --minutes N] [--seed N] [--only NAME,…] [--arena namespaces|simulated]`: see test/src/chaos/main.ts.
// The network of the members lives in a namespace around the whole run, as root or in a user namespace: whatever happens, the kernel
// removes it, mounts and processes included. Where the kernel allows no namespaces, the network is simulated inside the members.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build, install } from "./setup.mjs";

const inside = "--inside";
const args = process.argv.slice(2);
if (args[0] === inside) await run(args.slice(1));
else {
  install();
  build();
  const isRoot = process.getuid?.() === 0;
  const around = [
    ...(isRoot ? [] : ["--user", "--map-root-user"]),
    ...["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"],
  ];
  const hasNamespaces = spawnSync("unshare", [...around, "ip", "link", "add", "br0", "type", "bridge"]).status === 0;
  if (!hasNamespaces || args.includes("simulated")) await run(args);
  else {
    const command = [process.execPath, fileURLToPath(import.meta.url), inside, "--arena", "namespaces", ...args];
    process.exit(spawnSync("unshare", [...around, ...command], { stdio: "inherit" }).status ?? 1);
  }
}

async function run(options) {
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));
  const { main } = await import("../test/dist/chaos/main.js");
  process.exit(await main(options, (line) => console.log(line)));
}
