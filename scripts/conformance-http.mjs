// `npm run conformance:http [-- --dialect D] [-- replay's own options]`: replays what real etcd servers of five releases answered
// over HTTP against our server under `--compat`, each scenario that needs it on a fresh server. The kit lives beside the checkout,
// in `../shared/conformance/http`, or where ETCD_TS_CONFORMANCE_HTTP says. Without a dialect all of them are replayed.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { build, install, root } from "./setup.mjs";

install();
build();

const urls = (flag, port) => `-${flag} http://127.0.0.1:{${port}}`;
const flags23 = [
  "-data-dir {dir} -name {name}",
  urls("listen-client-urls", "port"),
  urls("advertise-client-urls", "port"),
  urls("listen-peer-urls", "peer"),
  urls("initial-advertise-peer-urls", "peer"),
  "-initial-cluster {name}=http://127.0.0.1:{peer}",
].join(" ");
const flags04 = "-data-dir {dir} -name {name} -addr 127.0.0.1:{port} -peer-addr 127.0.0.1:{peer}";
/** The command lines the recorded servers were started with. */
const commandLines = {
  0.2: "-d {dir} -n {name} -c 127.0.0.1:{port} -s 127.0.0.1:{peer}",
  0.3: flags04,
  0.4: flags04,
  2.3: flags23,
  3.4: `${flags23} --enable-v2`,
};

const passed = process.argv.slice(2);
const only = takeOption("--dialect");
const portBase = Number(takeOption("--port-base") ?? 24_100);
const kit = resolve(process.env.ETCD_TS_CONFORMANCE_HTTP ?? join(dirname(root), "shared/conformance/http"));
if (!existsSync(join(kit, "replay.mjs"))) fail(`no conformance kit in ${kit}; set ETCD_TS_CONFORMANCE_HTTP`);
// By its real name: reached by a link the kit takes itself for a module, and replays nothing.
const replayer = realpathSync(join(kit, "replay.mjs"));
const dialects = only === undefined ? Object.keys(commandLines) : [only];

let failed = 0;
for (const [at, dialect] of dialects.entries()) {
  const status = await replay(dialect, portBase + 10 * at);
  if (status !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);

async function replay(dialect, port) {
  const line = commandLines[dialect] ?? fail(`no recordings of a release ${dialect}`);
  const exec = `${join(root, "bin/etcd")} --compat ${dialect} ${line} {args}`;
  const names = passed.includes("--only") || passed.includes("--suite") ? [] : ["--only", scenarios(dialect).join(",")];
  const run = ["--dialect", dialect, "--port-base", String(port), ...names, "--exec", exec, ...passed];
  console.log(`== ${dialect}`);
  const child = spawn(process.execPath, [replayer, ...run], { stdio: "inherit" });
  return new Promise((done) => child.on("exit", (code) => done(code ?? 1)));
}

/** Everything recorded of a release, random sequences included. */
function scenarios(dialect) {
  const recorded = ["golden", "random"].flatMap((folder) => {
    const path = join(kit, folder, dialect);
    return existsSync(path) ? readdirSync(path) : [];
  });
  return recorded.map((file) => file.replace(/\.json$/, ""));
}

function takeOption(name) {
  const at = passed.indexOf(name);
  return at < 0 ? undefined : passed.splice(at, 2)[1];
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
