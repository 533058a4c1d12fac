// `npm run sim -- --seed N [--seeds COUNT] [--seconds S] [--machines M]`: see test/src/sim/main.ts.
import { build, install } from "./setup.mjs";

install();
build();
const { main } = await import("../test/dist/sim/main.js");
process.exit(await main(process.argv.slice(2), (line) => console.log(line)));
