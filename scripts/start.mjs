// `npm start`: install what is missing, compile, then become the server. Arguments pass through.
import { join } from "node:path";
import { newestMain } from "./newest-main.mjs";
import { build, install, root } from "./setup.mjs";

install();
build();
process.argv.splice(1, 1, join(root, "bin/etcd"));
await import(newestMain());
