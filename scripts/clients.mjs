// `npm run clients [-- --exec BINARY] [--only NAME] [--with-perf]`: see test/src/clients/run.ts. Each client's checks are a process of
// their own, two side by side, because they mostly wait; but etcdctl's test of a server's speed wants the machine for itself.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInLanes, runSaying } from "./lanes.mjs";
import { build, install, root } from "./setup.mjs";

const args = process.argv.slice(2);
const isPart = args.includes("--exactly");
if (!isPart) {
  install();
  build();
}
const { main, namesOfChecks } = await import("../test/dist/clients/run.js");
if (isPart) process.exit(await main(args, join(root, "bin/etcd")));

const names = namesOfChecks(args);
if (names.length === 0) {
  console.error("no such client");
  process.exit(1);
}
const jobs = names.map((name) => {
  const command = [process.execPath, fileURLToPath(import.meta.url), ...args, "--exactly", name];
  return { title: name, run: (say) => runSaying(say, command) };
});
const measuring = args.includes("--with-perf") ? jobs.filter(({ title }) => title === "etcdctl") : [];
const others = jobs.filter((job) => !measuring.includes(job));
const lanes = 2;
const codes = [await runInLanes(measuring, 1), await runInLanes(others, lanes)];
process.exit(codes.every((code) => code === 0) ? 0 : 1);
