// `npm run abuse [-- --seconds 20] [--seed N] [--exec BINARY]`: see test/src/abuse/run.ts.
import { join } from "node:path";
import { build, install, root } from "./setup.mjs";

install();
build();
const { main } = await import("../test/dist/abuse/run.js");
process.exit(await main(process.argv.slice(2), join(root, "bin/etcd")));
