// `npm run conformance [-- --exec BINARY] [-- replay's own options]`: replays the recorded gRPC transcripts of a real
// etcd against our server (or any other binary). The kit lives beside the checkout, in `../shared/conformance/grpc`, or
// where ETCD_TS_CONFORMANCE says; it is copied, because it may be read-only, and borrows this repository's packages.
// Without any option the recordings over HTTP follow: see conformance-http.mjs.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { build, install, root } from "./setup.mjs";

install();
build();
const { ServerProcess } = await import("../test/dist/harness/index.js");

/** Tags of scenarios that a server of today need not pass: old mistakes, old answers, texts of Go's libraries. */
const skippedTags = ["quirk", "3.4-only", "go-text", "auth", "lock", "election", "gateway"];
/** Scenarios left out by name, until the server has them. */
const skippedNames = ["maint-snapshot"];

const passed = process.argv.slice(2);
const isWhole = passed.length === 0;
const exec = takeOption("--exec") ?? join(root, "bin/etcd");
const kit = resolve(process.env.ETCD_TS_CONFORMANCE ?? join(dirname(root), "shared/conformance/grpc"));
if (!existsSync(join(kit, "replay.mjs"))) fail(`no conformance kit in ${kit}; set ETCD_TS_CONFORMANCE`);
const copy = mkdtempSync(join(tmpdir(), "etcd-conformance-"));
// The recorded server had v2 off, as was 3.4's default; ours has it on.
const server = await ServerProcess.start({ binary: exec, flags: ["--enable-v2=false"] });
let status = 1;
try {
  copyKit();
  const tags = passed.includes("--skip-tags") ? [] : ["--skip-tags", skippedTags.join(",")];
  const run = ["replay.mjs", "--endpoint", server.endpoint, ...tags, ...passed];
  status = spawnSync(process.execPath, run, { cwd: copy, stdio: "inherit" }).status ?? 1;
  if (!server.alive) fail(`the server ended: ${server.output}`);
} finally {
  await server.stop();
  rmSync(copy, { recursive: true, force: true });
}
if (status === 0 && isWhole) {
  const http = join(root, "scripts/conformance-http.mjs");
  status = spawnSync(process.execPath, [http], { stdio: "inherit" }).status ?? 1;
}
process.exit(status);

function takeOption(name) {
  const at = passed.indexOf(name);
  return at < 0 ? undefined : passed.splice(at, 2)[1];
}

function copyKit() {
  for (const folder of [".", "proto", "golden"]) {
    mkdirSync(join(copy, folder), { recursive: true });
    for (const entry of readdirSync(join(kit, folder), { withFileTypes: true })) {
      if (entry.isFile() && !skippedNames.includes(entry.name.replace(/\.json$/, ""))) {
        copyFileSync(join(kit, folder, entry.name), join(copy, folder, entry.name));
      }
    }
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
