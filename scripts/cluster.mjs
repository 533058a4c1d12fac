// `npm run cluster [-- flags for every member]`: starts three members on this machine, m1 to m3, in `./cluster/`, with
// clients on 2379, 22379 and 32379 and peers one port higher each, and prefixes what they say with their names. Ctrl-C
// stops all; a second start goes on with the same data. One member can be killed and started again by itself: the
// printed command lines are complete.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build, install, root } from "./setup.mjs";

install();
build();

const clientPorts = [2379, 22379, 32379];
const members = clientPorts.map((port, i) => ({ name: `m${i + 1}`, client: port, peer: port + 1 }));
const initialCluster = members.map(({ name, peer }) => `${name}=http://127.0.0.1:${peer}`).join(",");
const binary = join(root, "bin/etcd");
const running = new Set(members.map(start));
let stopping = false;

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    stopping = true;
    for (const child of running) child.kill("SIGTERM");
  });
}

function start({ name, client, peer }) {
  const [clientUrl, peerUrl] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  const flags = [
    ["--name", name, "--data-dir", join("cluster", name)],
    ["--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl],
    ["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
    ["--initial-cluster", initialCluster, "--initial-cluster-token", "etcd-cluster-local"],
    ["--log-format", "console", ...process.argv.slice(2)],
  ].flat();
  console.log(`${name}: ${[binary, ...flags].join(" ")}`);
  const child = spawn(binary, flags, { stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => console.log(`${name} | ${line}`));
  }
  child.on("exit", (code, signal) => {
    console.log(`${name} ended: ${signal ?? code}`);
    running.delete(child);
    if (running.size === 0) process.exit(stopping ? 0 : 1);
  });
  return child;
}
