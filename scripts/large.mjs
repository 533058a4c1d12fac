// `npm run large [-- --mib 200] [--value-kib 64] [--exec BINARY] [--growth-mib 256] [--strict] [--stall-ms 20]`: see
// test/src/large/run.ts. With --mib 1024 --strict on a quiet machine it proves what docs/performance.md promises.
import { join } from "node:path";
import { build, install, root } from "./setup.mjs";

install();
build();
const { main } = await import("../test/dist/large/run.js");
process.exit(await main(process.argv.slice(2), join(root, "bin/etcd")));
