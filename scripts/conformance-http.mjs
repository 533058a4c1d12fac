// `npm run conformance:http [-- --dialect D] [-- --port-base N] [-- replay's own options]`: see http-recordings.mjs. Without a dialect all of them are replayed.
import { httpJobs, httpLanes } from "./http-recordings.mjs";
import { runInLanes } from "./lanes.mjs";
import { build, install } from "./setup.mjs";

install();
build();

const passed = process.argv.slice(2);
const dialect = takeOption("--dialect");
const portBase = Number(takeOption("--port-base") ?? 24_100);
process.exit(await runInLanes(httpJobs({ dialect, portBase, passed }), httpLanes));

function takeOption(name) {
  const at = passed.indexOf(name);
  return at < 0 ? undefined : passed.splice(at, 2)[1];
}
