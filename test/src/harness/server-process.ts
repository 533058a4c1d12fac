/**
 * One etcd-compatible server as a child process on loopback: started with etcd's own flags, watched, killed and started
 * again on the same directory. It knows nothing of who made the binary, so every suite that uses it can be checked
 * against the real etcd first. Children die with this process.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "./free-ports.ts";

/** How to start a server. */
export interface ServerOptions {
  /** Program to run, found by path or on PATH. */
  readonly binary: string;
  /** Data directory to open; default: a fresh one, removed by `stop`. */
  readonly dataDir?: string;
  /** Address to listen on; default: 127.0.0.1. */
  readonly host?: string;
  /** Command that runs the program, such as one that enters a network namespace and then becomes the program. */
  readonly via?: readonly string[];
  /** More environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Client and peer port; default: free ones. */
  readonly ports?: readonly [number, number];
  /** False when `flags` let the server find its founders; default: it founds a cluster of its own. */
  readonly foundsAlone?: boolean;
  /** More command-line flags. */
  readonly flags?: readonly string[];
  /** Longest wait for `/health` to answer; default 30 s. */
  readonly startTimeoutMs?: number;
}

/** How a server ended. */
export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
const outputKept = 512 * 1024;
const outputTold = 16_384;

/** A server that was started; see `ServerProcess.start`. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #ownsDirectory: boolean;
  #output = "";
  /** Host and port for clients. */
  readonly endpoint: string;
  readonly ports: readonly [number, number];
  readonly dataDir: string;
  /** Settles when the process has ended, however it did. */
  readonly exited: Promise<ServerExit>;

  private constructor(
    child: ChildProcess,
    options: { dataDir: string; owns: boolean; host: string; ports: readonly [number, number] },
  ) {
    this.#child = child;
    this.#ownsDirectory = options.owns;
    this.dataDir = options.dataDir;
    this.ports = options.ports;
    this.endpoint = `${options.host}:${options.ports[0]}`;
    running.add(child);
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-outputKept);
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    this.exited = new Promise((resolve) => {
      child.once("error", (error) => keep(Buffer.from(String(error))));
      child.once("close", (code, signal) => {
        running.delete(child);
        resolve({ code, signal });
      });
    });
  }

  /** Starts the process without waiting until it serves. */
  static async spawn(options: ServerOptions): Promise<ServerProcess> {
    const [client = 0, peer = 0] = options.ports ?? (await freePorts(2));
    const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "etcd-test-"));
    const { host = "127.0.0.1", via = [] } = options;
    const [clientUrl, peerUrl] = [`http://${host}:${client}`, `http://${host}:${peer}`];
    const flags = [
      ["--name", "n1", "--data-dir", dataDir, "--log-level", "error"],
      ["--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl],
      ["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
      options.foundsAlone === false ? [] : ["--initial-cluster", `n1=${peerUrl}`],
      options.flags ?? [],
    ].flat();
    const [program = "", ...args] = [...via, options.binary, ...flags];
    const env = { ...process.env, ...options.env };
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env });
    return new ServerProcess(child, { dataDir, owns: options.dataDir === undefined, host, ports: [client, peer] });
  }

  /** Starts a server and waits until it serves; throws with its last output when it ends or stays silent. */
  static async start(options: ServerOptions): Promise<ServerProcess> {
    const server = await ServerProcess.spawn(options);
    await server.waitUntilHealthy(options.startTimeoutMs ?? 30_000);
    return server;
  }

  /** Process id, 0 when the program could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** True until the process has ended. */
  get alive(): boolean {
    return running.has(this.#child);
  }

  get #told(): string {
    return this.#output.slice(-outputTold);
  }

  /** The last output, for reports. */
  get output(): string {
    return this.#output;
  }

  /** Asks `/health` until it answers 200. */
  async waitUntilHealthy(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!(await isHealthy(this.endpoint))) {
      if (!this.alive) throw new Error(`the server ended while starting: ${this.#told}`);
      if (performance.now() > deadline) throw new Error(`the server did not serve in ${timeoutMs} ms: ${this.#told}`);
      await sleep(5);
    }
  }

  /** Sends a signal and waits for the end. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<ServerExit> {
    this.#child.kill(signal);
    return this.exited;
  }

  /** Ends the process, forcibly after 10 s, and removes a directory that was made for it. */
  async stop(): Promise<ServerExit> {
    const force = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    const exit = await this.kill("SIGTERM");
    clearTimeout(force);
    if (this.#ownsDirectory) rmSync(this.dataDir, { recursive: true, force: true });
    return exit;
  }
}

async function isHealthy(endpoint: string): Promise<boolean> {
  const call = request(`http://${endpoint}/health`, { timeout: 2_000, agent: false });
  call.end();
  call.on("timeout", () => call.destroy());
  try {
    const [answer] = await once(call, "response");
    answer.resume();
    return answer.statusCode === 200;
  } catch {
    return false;
  }
}
