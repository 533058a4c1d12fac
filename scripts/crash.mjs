// `npm run crash [-- --cycles 200] [--seed N] [--exec BINARY] [--load-ms 400] [--runs 2]`: see test/src/crash/run.ts.
import { join } from "node:path";
import { build, install, root } from "./setup.mjs";

install();
build();
const { main } = await import("../test/dist/crash/run.js");
process.exit(await main(process.argv.slice(2), join(root, "bin/etcd")));
