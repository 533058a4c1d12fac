/**
 * `bin/etcd` as operators run it: any flags, any environment, on ports the system chooses, its log read line by line. Every wait has
 * a bound, and children die with this process.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const binary = fileURLToPath(new URL("../../../bin/etcd", import.meta.url));
const waitMs = 60_000;

/** One line of the log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const running = new Set<ChildProcess>();
process.on("exit", endAll);

/** Kills what a failed test left running; for the end of a test file. */
export function endAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** How to start, besides the flags. */
export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** User to run as; only root may choose. */
  readonly uid?: number;
  readonly cwd?: string;
}

/** A process that was started. */
export class EtcdProcess {
  readonly #child: ChildProcess;
  #stderr = "";
  #stdout = "";
  #onOutput: (() => void)[] = [];
  /** Settles when the process has ended. */
  readonly ended: Promise<Ending>;

  constructor(flags: readonly string[], { env = {}, uid, cwd }: SpawnOptions = {}) {
    const options = { stdio: "pipe" as const, env: { PATH: process.env["PATH"], ...env } };
    this.#child = spawn(process.execPath, [binary, ...flags], {
      ...options,
      ...(uid === undefined ? {} : { uid, gid: uid }),
      ...(cwd === undefined ? {} : { cwd }),
    });
    running.add(this.#child);
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr += chunk.toString();
      for (const run of this.#onOutput) run();
    });
    this.#child.stdout?.on("data", (chunk: Buffer) => {
      this.#stdout += chunk.toString();
    });
    this.ended = new Promise((resolve) => {
      this.#child.once("close", (code, signal) => {
        running.delete(this.#child);
        resolve({ code, signal });
        for (const run of this.#onOutput) run();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The whole lines of the log so far; lines that are not JSON as `{ text }`. */
  get log(): LogLine[] {
    const lines = this.#stderr.split("\n").slice(0, -1);
    return lines.map((text) => (text.startsWith("{") ? (JSON.parse(text) as LogLine) : { text }));
  }

  /** Waits for a line with this message; fails with the whole log when the process ends first or time is over. */
  async logged(message: string): Promise<LogLine> {
    return this.#until(message, () => this.log.find(({ msg }) => msg === message));
  }

  /** Host and port for clients, once they are served. */
  async serving(): Promise<string> {
    const line = await this.logged("ready to serve client requests");
    return (line["client-urls"] as string[])[0] as string;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends SIGTERM and waits for the end. */
  async stop(): Promise<Ending> {
    this.kill("SIGTERM");
    return this.ended;
  }

  #until<T>(what: string, found: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        this.#onOutput = this.#onOutput.filter((run) => run !== look);
        settle();
      };
      const fail = (why: string): void =>
        finish(() => reject(new Error(`${why} before "${what}":\n${this.#stderr}${this.#stdout}`)));
      const timer = setTimeout(() => fail("time was over"), waitMs);
      const look = (): void => {
        const value = found();
        if (value !== undefined) finish(() => resolve(value));
        else if (!running.has(this.#child)) fail("the process ended");
      };
      this.#onOutput.push(look);
      look();
    });
  }
}

/** A URL on any free port. */
export const anyPortUrl = "http://127.0.0.1:0";

/** Flags for a member in a directory, on any free ports. */
export function memberFlags(dataDir: string, more: readonly string[] = []): string[] {
  return [...memberFlagsAt(dataDir, anyPortUrl), ...more];
}

/** Flags for a member that serves clients at a given URL. */
export function memberFlagsAt(dataDir: string, clientUrl: string): string[] {
  const client = ["--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl];
  return ["--data-dir", dataDir, ...client, "--listen-peer-urls", anyPortUrl];
}

/** Starts a member and waits until it serves. */
export async function startMember(
  dataDir: string,
  more: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{ etcd: EtcdProcess; endpoint: string }> {
  const etcd = new EtcdProcess(memberFlags(dataDir, more), { env });
  return { etcd, endpoint: await etcd.serving() };
}

/** Collects what a test has to undo. */
interface Undo {
  after(run: () => unknown): void;
}

/** A directory that is removed after the test. */
export function freshDirectory(test: Undo): string {
  const path = mkdtempSync(join(tmpdir(), "etcd-process-"));
  test.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** What a program said, and its exit code. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a client program to its end, at most 20 s. */
export function runProgram(program: string, args: readonly string[]): Promise<Said> {
  const env = { ...process.env, ETCDCTL_API: "3" };
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 20_000, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}
