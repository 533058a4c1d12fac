/**
 * The `etcd` process: reads its configuration, starts the server, stops it on SIGTERM or SIGINT. Exit codes: 0 after an orderly
 * stop, 1 when it could not start or go on, 2 for a mistyped command line.
 */
import { readFileSync } from "node:fs";
import { NodeClock, NodeDisk, NodeRandom, PinoLogger, PromMetrics, parseYaml } from "./adapters/index.ts";
import { isLegacy, parseConfig, type ServerConfig } from "./config/index.ts";
import { olderMetricNames } from "./older-metric-names.ts";
import { startMachine } from "./start-machine.ts";
import { RemovedError, startServer } from "./start-server.ts";

/** How long calls under way may take after a signal to stop. */
const stopGraceMs = 5_000;
/** How long they may take when the member has failed: what can be answered is answered at once. */
const failGraceMs = 500;
/** Work that may wait until a fresh member has answered its first requests. */
const settledMs = 1_000;
const releaseVersion = "3.7.1";

async function main(): Promise<void> {
  const parsed = parseConfig({
    argv: process.argv.slice(2),
    env: process.env,
    readFile: (path) => readFileSync(path, "utf8"),
    parseYaml,
    build: {
      version: releaseVersion,
      gitSha: "unknown",
      nodeVersion: process.version,
      os: process.platform,
      arch: process.arch,
    },
  });
  if ("help" in parsed) return print(parsed.help);
  if ("version" in parsed) return print(parsed.version);
  if (parsed.ok) return run(parsed.config, parsed.warnings);
  process.stderr.write(`${parsed.error}\n${parsed.usage ?? ""}`);
  process.exitCode = parsed.exitCode;
}

function print(text: string): void {
  process.stdout.write(text);
}

async function run(config: ServerConfig, warnings: readonly string[]): Promise<void> {
  const log = new PinoLogger(config.log);
  for (const warning of warnings) log.warn(warning);
  const metrics = new PromMetrics({ process: true, olderNames: olderMetricNames(config) });
  const clock = new NodeClock();
  const disk = new NodeDisk({ syncs: !config.unsafeNoFsync });
  const ports = { clock, random: new NodeRandom(), disk, log, metrics };
  let server: Stoppable | undefined;
  const onFatal = (error: Error) => {
    log.error("stopping: the member cannot go on", { error: reasonOf(error) });
    // A disk that hangs must not keep a member alive that serves nobody.
    clock.setTimer(2 * failGraceMs, () => process.exit(1));
    void stop(server, { graceMs: failGraceMs, exitCode: 1 });
  };
  // A removed member that is started again and again would only be removed again and again.
  const onRemoved = () => void stop(server, { graceMs: stopGraceMs, exitCode: 0 });
  try {
    const start = isLegacy(config.compat) ? startMachine : startServer;
    server = await start({ config, ports, log, metrics, runtime: process.version, onFatal, onRemoved });
  } catch (error) {
    if (error instanceof RemovedError) process.exit(0);
    log.error("failed to start etcd", { error: reasonOf(error) });
    process.exit(1);
  }
  stopOnSignals(server, log);
  clock.setTimer(settledMs, () => metrics.observeProcess());
}

/** What was started. */
interface Stoppable {
  stop(graceMs: number): Promise<void>;
}

/** The first signal stops the server in order; a second one at once, which loses nothing that was acknowledged. */
function stopOnSignals(server: Stoppable, log: PinoLogger): void {
  let isStopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      log.info(isStopping ? "received signal again; exiting" : "received signal; shutting down", { signal });
      if (isStopping) process.exit(1);
      isStopping = true;
      void stop(server, { graceMs: stopGraceMs, exitCode: 0 });
    });
  }
}

async function stop(server: Stoppable | undefined, how: { graceMs: number; exitCode: number }): Promise<void> {
  try {
    await server?.stop(how.graceMs);
  } finally {
    process.exit(how.exitCode);
  }
}

/** What failed and, behind it, why, unless that is said already. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : reasonOf(error.cause);
  return cause === "" || error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}

await main();
