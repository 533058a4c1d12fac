// Replays what real etcd servers of five releases answered over HTTP against our server under `--compat`, each scenario that
// needs it on a fresh server. The kit lives beside the checkout, in `../shared/conformance/http`, or where
// ETCD_TS_CONFORMANCE_HTTP says.
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { runSaying, secondsOfPauses, shareOut } from "./lanes.mjs";
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
/** Parts of a release's recordings, each replayed by a process of its own, and ports for each. */
const partsOfDialect = 3;
const portsOfPart = 40;

/** The jobs that replay everything, or one dialect; `passed` are the replayer's own options. */
export function httpJobs({ dialect, portBase = 24_100, passed = [] } = {}) {
  const kit = resolve(process.env.ETCD_TS_CONFORMANCE_HTTP ?? join(dirname(root), "shared/conformance/http"));
  if (!existsSync(join(kit, "replay.mjs")))
    throw new Error(`no conformance kit in ${kit}; set ETCD_TS_CONFORMANCE_HTTP`);
  const isChosen = passed.includes("--only") || passed.includes("--suite");
  const dialects = dialect === undefined ? Object.keys(commandLines) : [dialect];
  const parts = dialects.flatMap((each) => {
    if (isChosen) return [{ dialect: each, title: `HTTP ${each}`, names: [], seconds: 0 }];
    return shareOut(recordingsOf(kit, each), partsOfDialect).map(({ things, seconds }, at, { length }) => {
      const title = `HTTP ${each}, part ${at + 1} of ${length}`;
      return { dialect: each, title, names: ["--only", things.join(",")], seconds };
    });
  });
  // What takes longest begins first.
  parts.sort((a, b) => b.seconds - a.seconds);
  return parts.map((part, at) => {
    return {
      title: part.title,
      run: (say) => replay(say, { ...part, kit, passed, port: portBase + portsOfPart * at }),
    };
  });
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

/** Everything recorded of a release, random sequences included, with about the seconds that each takes. */
function recordingsOf(kit, dialect) {
  return ["golden", "random"].flatMap((folder) => {
    const path = join(kit, folder, dialect);
    return (existsSync(path) ? readdirSync(path) : []).map((file) => {
      const scenario = folder === "random" ? join(path, file) : join(kit, "scenarios", file);
      const recording = JSON.parse(readFileSync(scenario, "utf8"));
      return { thing: file.replace(/\.json$/, ""), seconds: 1 + secondsOfPauses(recording) };
    });
  });
}
