// `npm run check`: the one gate. Format and lint, types, typed lint, then every test (tidy rules among them).
import { join } from "node:path";
import { build, install, root, run } from "./setup.mjs";

install();
run(process.execPath, [join(root, "node_modules/@biomejs/biome/bin/biome"), "check", "--error-on-warnings", "."]);
build();
run(process.execPath, [join(root, "node_modules/eslint/bin/eslint.js"), "--max-warnings=0", "."]);
run(process.execPath, [join(root, "scripts/test.mjs")]);
