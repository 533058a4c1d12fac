// `npm run conformance [-- --exec BINARY] [-- replay's own options]`: see grpc-recordings.mjs. Without any option the
// recordings over HTTP are replayed too: see http-recordings.mjs.
import { grpcJobs } from "./grpc-recordings.mjs";
import { httpJobs, httpLanes } from "./http-recordings.mjs";
import { runInLanes } from "./lanes.mjs";
import { build, install } from "./setup.mjs";

install();
build();

const passed = process.argv.slice(2);
const isWhole = passed.length === 0;
const exec = takeOption("--exec");
// The two kinds side by side: replaying is mostly waiting, but not only, and what is recorded has its times.
const http = isWhole ? [runInLanes(httpJobs(), httpLanes)] : [];
const codes = await Promise.all([runInLanes(grpcJobs({ exec, passed }), 1), ...http]);
process.exit(codes.every((code) => code === 0) ? 0 : 1);

function takeOption(name) {
  const at = passed.indexOf(name);
  return at < 0 ? undefined : passed.splice(at, 2)[1];
}
