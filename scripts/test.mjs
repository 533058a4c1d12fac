// `npm test [-- NAME…]`: install, compile, run every test file (or those whose path holds one of the names).
// In continuous integration (CI=true) a skipped test is a failure: everything that tests need is installed there.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, install, run, testFiles, testFolders } from "./setup.mjs";

install();
build();
const wanted = process.argv.slice(2);
const files = testFiles(testFolders()).filter(
  (file) => wanted.length === 0 || wanted.some((name) => file.includes(name)),
);
if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(" ")}`);
  process.exit(1);
}
const toScreen = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
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
