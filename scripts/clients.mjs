// `npm run clients [-- --exec BINARY] [--only NAME] [--with-perf]`: see test/src/clients/run.ts.
import { join } from "node:path";
import { build, install, root } from "./setup.mjs";

install();
build();
const { main } = await import("../test/dist/clients/run.js");
process.exit(await main(process.argv.slice(2), join(root, "bin/etcd")));
