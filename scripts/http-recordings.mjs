// Replays what real etcd servers of five releases answered over HTTP against our server under `--compat`, each scenario that
// needs it on a fresh server. The kit lives beside the checkout, in `../shared/conformance/http`, or where
// ETCD_TS_CONFORMANCE_HTTP says.
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { runSaying } from "./lanes.mjs";
import { root } from "./setup.mjs";

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
/** So many replayers side by side: more would load two processors so that answers come later than the recordings tolerate. */
export const httpLanes = 2;
/** Ports for each replayer. */
const portsOfJob = 40;

/** The jobs that replay everything, or one dialect; `passed` are the replayer's own options. */
export function httpJobs({ dialect, portBase = 24_100, passed = [] } = {}) {
  const kit = resolve(process.env.ETCD_TS_CONFORMANCE_HTTP ?? join(dirname(root), "shared/conformance/http"));
  if (!existsSync(join(kit, "replay.mjs")))
    throw new Error(`no conformance kit in ${kit}; set ETCD_TS_CONFORMANCE_HTTP`);
  const isChosen = passed.includes("--only") || passed.includes("--suite");
  const dialects = dialect === undefined ? Object.keys(commandLines) : [dialect];
  // A release's recordings stay together, in one replayer: some scenarios count on what those before them left.
  const jobs = dialects.map((each) => {
    const names = isChosen ? [] : ["--only", namesOf(kit, each).join(",")];
    return { dialect: each, names };
  });
  // What takes longest begins first.
  jobs.sort((a, b) => b.names.join().length - a.names.join().length);
  return jobs.map((job, at) => ({
    title: `HTTP ${job.dialect}`,
    run: (say) => replay(say, { ...job, kit, passed, port: portBase + portsOfJob * at }),
  }));
}

function replay(say, { dialect, names, kit, passed, port }) {
  const line = commandLines[dialect];
  if (line === undefined) throw new Error(`no recordings of a release ${dialect}`);
  const exec = `${join(root, "bin/etcd")} --compat ${dialect} ${line} {args}`;
  // By its real name: reached by a link the kit takes itself for a module, and replays nothing.
  const replayer = realpathSync(join(kit, "replay.mjs"));
  const options = ["--dialect", dialect, "--port-base", String(port), ...names, "--exec", exec, ...passed];
  return runSaying(say, [process.execPath, replayer, ...options]);
}

/** Everything recorded of a release, random sequences included. */
function namesOf(kit, dialect) {
  const recorded = ["golden", "random"].flatMap((folder) => {
    const path = join(kit, folder, dialect);
    return existsSync(path) ? readdirSync(path) : [];
  });
  return recorded.map((file) => file.replace(/\.json$/, ""));
}
