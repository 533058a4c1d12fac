/**
 * A folder with the programs of a document in it, and a shell there. curl is told by its own configuration file to keep the
 * response headers, so that the commands stay as they are written. Everything started here ends with `close`, and servers also with
 * this process, however that dies.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a command left behind. */
export interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Of the last response: a redirect that was followed does not count. */
  readonly status: number | undefined;
  readonly headers: ReadonlyMap<string, string>;
}

/** A server that was started. */
export interface Server {
  readonly url: string;
  readonly alive: boolean;
  /** The last of what it logged. */
  readonly output: () => string;
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
}

const outputKept = 65_536;
const commandTimeoutMs = 90_000;
const stopTimeoutMs = 10_000;

/** See the top of this file. */
export class Terminal {
  readonly folder = mkdtempSync(join(tmpdir(), "etcd-seed-"));
  readonly #children = new Set<ChildProcess>();
  #commands = 0;

  /** `program` is what `./etcd` and `./bin/etcd` stand for. */
  constructor(program: readonly string[]) {
    mkdirSync(join(this.folder, "bin"));
    const quoted = program.map((word) => `'${word}'`).join(" ");
    for (const path of ["etcd", "bin/etcd"].map((name) => join(this.folder, name))) {
      writeFileSync(path, `#!/bin/sh\nexec ${quoted} "$@"\n`);
      chmodSync(path, 0o755);
    }
  }

  /** Runs a command to its end. */
  run(command: string): Promise<Ended> {
    const home = this.#curlHome();
    const child = this.#spawn(command, home);
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    const timer = setTimeout(() => end(child), commandTimeoutMs);
    return new Promise((resolve) => {
      child.on("close", (exit) => {
        clearTimeout(timer);
        resolve({ exit, stdout: stdout(), stderr: stderr(), ...lastResponse(join(home, "headers")) });
      });
    });
  }

  /** Starts a server, whether it will serve or not. */
  start(command: string, url: string): Server {
    const child = this.#spawn(`exec ${command}`, this.folder);
    endWithUs(child);
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    const isAlive = () => child.exitCode === null && child.signalCode === null;
    return {
      url,
      get alive() {
        return isAlive();
      },
      output: () => `${stdout()}${stderr()}`,
      kill: async (signal) => {
        if (!isAlive()) return;
        const force = setTimeout(() => end(child), stopTimeoutMs);
        child.kill(signal);
        await once(child, "close");
        clearTimeout(force);
      },
    };
  }

  /** Ends what still runs and removes the folder. */
  async close(): Promise<void> {
    for (const child of this.#children) {
      end(child);
      await once(child, "close");
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  #spawn(command: string, home: string): ChildProcess {
    const env = { ...process.env, CURL_HOME: home };
    const child = spawn("sh", ["-c", command], {
      cwd: this.folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.#children.add(child);
    child.once("close", () => this.#children.delete(child));
    return child;
  }

  #curlHome(): string {
    const home = join(this.folder, `.curl-${this.#commands++}`);
    mkdirSync(home);
    const lines = ["silent", "show-error", `dump-header = "${join(home, "headers")}"`];
    writeFileSync(join(home, ".curlrc"), `${lines.join("\n")}\n`);
    return home;
  }
}

/** A shell that waits for our end, which it sees as the end of its input, and then ends the child's process group. */
function endWithUs(child: ChildProcess): void {
  const guard = spawn("sh", ["-c", 'read -r _; kill -9 -"$0"', String(child.pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  child.once("close", () => guard.kill("SIGKILL"));
}

/** Ends a shell and what it started: they are a process group. */
function end({ pid }: ChildProcess): void {
  try {
    process.kill(-(pid ?? 0), "SIGKILL");
  } catch {
    // It has ended by itself in the meantime.
  }
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = "";
  stream?.on("data", (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-outputKept);
  });
  return () => text;
}

function lastResponse(path: string): Pick<Ended, "status" | "headers"> {
  const text = existsSync(path) ? readFileSync(path, "utf8").trimEnd() : "";
  const [statusLine = "", ...lines] = (text.split("\r\n\r\n").at(-1) ?? "").split("\r\n");
  const status = /^HTTP\/[\d.]+ (\d+)/.exec(statusLine)?.[1];
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  return { status: status === undefined ? undefined : Number(status), headers };
}
