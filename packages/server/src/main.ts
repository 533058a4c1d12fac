/**
 * The `etcd` process: reads its configuration, starts the server, stops it on SIGTERM or SIGINT. Exit codes: 0 after an orderly
 * stop, 1 when it could not start or go on, 2 for a mistyped command line.
 */
import { readFileSync } from "node:fs";
import { NodeClock, NodeDisk, NodeRandom, PinoLogger, PromMetrics } from "./adapters/index.ts";
import { parseConfig, type ServerConfig } from "./config/index.ts";
import { type RunningServer, startServer } from "./start-server.ts";

/** How long calls under way may take after a signal to stop. */
const stopGraceMs = 5_000;
const releaseVersion = "3.7.1";

async function main(): Promise<void> {
  const parsed = parseConfig({
    argv: process.argv.slice(2),
    env: process.env,
    readFile: (path) => readFileSync(path, "utf8"),
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
  const metrics = new PromMetrics({ process: true });
  const ports = {
    clock: new NodeClock(),
    random: new NodeRandom(),
    disk: new NodeDisk({ syncs: !config.unsafeNoFsync }),
    log,
    metrics,
  };
  let server: RunningServer | undefined;
  const onFatal = (error: Error) => {
    log.error("stopping: the member cannot go on", { error: error.message });
    void stop(server, 1);
  };
  // A removed member that is started again and again would only be removed again and again.
  const onRemoved = () => void stop(server, 0);
  try {
    server = await startServer({ config, ports, log, metrics, runtime: process.version, onFatal, onRemoved });
  } catch (error) {
    log.error("failed to start etcd", { error: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      log.info("received signal; shutting down", { signal });
      void stop(server, 0);
    });
  }
}

async function stop(server: RunningServer | undefined, exitCode: number): Promise<void> {
  await server?.stop(stopGraceMs);
  process.exit(exitCode);
}

await main();
