// `npm test [-- NAME…]`: install, compile, run every test file (or those whose path holds one of the names).
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
run(process.execPath, ["--test", "--test-reporter=spec", ...files]);
