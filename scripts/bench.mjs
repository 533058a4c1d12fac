// `npm run bench [-- --quick] [--json FILE] [--only LOAD…] [--rounds N] [--seconds N] [--keys N] [--exec BINARY]`:
// see bench/src/main.ts and docs/performance.md.
import { join } from "node:path";
import { build, install, root } from "./setup.mjs";

install();
build();
const { main } = await import("../bench/dist/main.js");
process.exit(await main(process.argv.slice(2), join(root, "bin/etcd")));
