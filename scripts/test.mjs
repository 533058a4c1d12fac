// `npm test [-- NAME…]`: install, compile, run every test file (or those whose path holds one of the names).
// In continuous integration (CI=true) a skipped test is a failure: everything that tests need is installed there.
// A file that is still not through after a quarter of an hour is ended, and has failed.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, install, run, testFiles, testFolders } from "./setup.mjs";

install();
build();
const wanted = process.argv.slice(2);
// Files that take minutes begin first: at the end they would run alone.
const longFirst = ["test/dist/sim/", "test/dist/", ""];
const rankOf = (file) => longFirst.findIndex((folder) => file.includes(folder));
const files = testFiles(testFolders())
  .filter((file) => wanted.length === 0 || wanted.some((name) => file.includes(name)))
  .sort((a, b) => rankOf(a) - rankOf(b));
if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(" ")}`);
  process.exit(1);
}
const fileLimitMs = 15 * 60_000;
const limits = [`--test-timeout=${fileLimitMs}`];
const toScreen = [...limits, "--test-reporter=spec", "--test-reporter-destination=stdout"];
if (process.env.CI === "true") runWithoutSkips();
else run(process.execPath, ["--test", ...toScreen, ...files]);

function runWithoutSkips() {
  const folder = mkdtempSync(join(tmpdir(), "etcd-ts-tests-"));
  const record = join(folder, "tests.tap");
  run(process.execPath, [
    "--test",
    ...toScreen,
    "--test-reporter=tap",
    `--test-reporter-destination=${record}`,
    ...files,
  ]);
  const skipped = readFileSync(record, "utf8")
    .split("\n")
    .filter((line) => /^\s*(not )?ok \d+ .*# (SKIP|TODO)/.test(line));
  rmSync(folder, { recursive: true, force: true });
  if (skipped.length === 0) return;
  console.error(
    `${skipped.length} tests were skipped, which continuous integration does not allow:\n${skipped.join("\n")}`,
  );
  process.exit(1);
}
