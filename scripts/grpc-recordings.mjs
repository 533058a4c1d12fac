// Replays the recorded gRPC transcripts of a real etcd against our server, or any other binary. The kit lives beside the
// checkout, in `../shared/conformance/grpc`, or where ETCD_TS_CONFORMANCE says; it is copied, because it may be read-only, and
// borrows this repository's packages.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { runSaying } from "./lanes.mjs";
import { root } from "./setup.mjs";

/** Tags of scenarios that a server of today need not pass: old mistakes, old answers, texts of Go's libraries. */
const skippedTags = ["quirk", "3.4-only", "go-text", "auth", "lock", "election", "gateway"];
/** Scenarios left out by name, until the server has them. */
const skippedNames = ["maint-snapshot"];
/** The job that replays all transcripts, or what the replayer's own options in `passed` choose. */
export function grpcJobs({ exec = join(root, "bin/etcd"), passed = [] } = {}) {
  const kit = resolve(process.env.ETCD_TS_CONFORMANCE ?? join(dirname(root), "shared/conformance/grpc"));
  if (!existsSync(join(kit, "replay.mjs"))) throw new Error(`no conformance kit in ${kit}; set ETCD_TS_CONFORMANCE`);
  const files = filesOf(join(kit, "golden")).filter((name) => !skippedNames.includes(name.replace(/\.json$/, "")));
  return [{ title: "gRPC", run: (say) => replay(say, { kit, files, exec, passed }) }];
}

async function replay(say, { kit, files, exec, passed }) {
  const { ServerProcess } = await import("../test/dist/harness/index.js");
  const copy = mkdtempSync(join(tmpdir(), "etcd-conformance-"));
  // The recorded server had v2 off, as was 3.4's default; ours has it on.
  const server = await ServerProcess.start({ binary: exec, flags: ["--enable-v2=false"] });
  try {
    copyKit(copy, { kit, files });
    const tags = passed.includes("--skip-tags") ? [] : ["--skip-tags", skippedTags.join(",")];
    const run = [process.execPath, "replay.mjs", "--endpoint", server.endpoint, ...tags, ...passed];
    const status = await runSaying(say, run, { cwd: copy });
    if (!server.alive) say(`the server ended: ${server.output}\n`);
    return server.alive ? status : 1;
  } finally {
    await server.stop();
    rmSync(copy, { recursive: true, force: true });
  }
}

function copyKit(copy, { kit, files }) {
  const wanted = { ".": filesOf(kit), proto: filesOf(join(kit, "proto")), golden: files };
  for (const [folder, names] of Object.entries(wanted)) {
    mkdirSync(join(copy, folder), { recursive: true });
    for (const name of names) copyFileSync(join(kit, folder, name), join(copy, folder, name));
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
}

function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));
}
