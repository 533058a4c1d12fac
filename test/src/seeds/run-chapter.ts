/**
 * Goes through the steps of a chapter and tells what was not as the document says. A chapter whose step fails goes on: the
 * list of all that differs is what one wants to see. Servers listen where the document says, on this machine's loopback or
 * on that of a network namespace of their own.
 */
import { createConnection } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { writeCertificates } from "./certificates.ts";
import { compareJson, compareShape } from "./compare.ts";
import type { Answer, Chapter, Index, Json, Run, Start, Step, Watch } from "./step.ts";
import { type Ended, type Server, Terminal } from "./terminal.ts";

const startTimeoutMs = 30_000;
const pollMs = 50;
const askTimeoutMs = 5_000;
const padsMax = 100;

/** Runs a chapter; the list of complaints is empty when the document is right. */
export async function runChapter(chapter: Chapter, program: readonly string[]): Promise<string[]> {
  const terminal = new Terminal([...program, ...(chapter.flags ?? [])]);
  const run = new ChapterRun(chapter, terminal);
  try {
    if (chapter.hasCertificates) writeCertificates(terminal.folder);
    for (const step of chapter.steps) await run.take(step);
  } catch (error) {
    run.complaints.push(error instanceof Error ? error.message : String(error));
  } finally {
    await terminal.close();
  }
  return run.complaints.map((complaint) => `${chapter.title}: ${complaint}`);
}

class ChapterRun {
  readonly complaints: string[] = [];
  readonly #chapter: Chapter;
  readonly #terminal: Terminal;
  readonly #servers = new Map<string, Server>();
  readonly #watches = new Map<string, { command: string; ended: Promise<Ended> }>();

  constructor(chapter: Chapter, terminal: Terminal) {
    this.#chapter = chapter;
    this.#terminal = terminal;
  }

  async take(step: Step): Promise<void> {
    if ("start" in step) return this.#start(step);
    if ("watch" in step) return this.#watch(step);
    if ("index" in step) return this.#reachIndex(step);
    if ("given" in step) return this.#give(step.given);
    if ("kill" in step) return this.#kill(step.kill, step.signal);
    if ("returns" in step) {
      const watch = this.#watches.get(step.returns);
      if (watch === undefined) throw new Error(`no command called ${step.returns}`);
      return this.#judge(watch.command, this.#differences(step, { command: watch.command, ended: await watch.ended }));
    }
    return this.#run(step);
  }

  async #start({ start, as, url, needsNext }: Start): Promise<void> {
    const server = this.#terminal.start(start, url);
    this.#servers.set(as, server);
    if (needsNext) return;
    await this.#until(`${start} listens`, async () => {
      if (!server.alive) throw new Error(`${start} ended: ${server.output()}`);
      return url.startsWith("https") ? connects(url) : (await statusOf(`${url}/version`)) === 200;
    });
  }

  async #watch({ watch, as }: Watch): Promise<void> {
    const url = /http:\/\/[\d.]+:\d+/.exec(watch)?.[0] ?? "";
    const before = await watchersAt(url);
    const ended = this.#terminal.run(watch);
    this.#watches.set(as, { command: watch, ended });
    await this.#until(`${watch} waits`, async () => (await watchersAt(url)) > before);
  }

  /** Hidden changes before the next one of the chapter. */
  async #reachIndex({ index }: Index): Promise<void> {
    const url = [...this.#servers.values()][0]?.url ?? "";
    for (let pads = 0; pads <= padsMax; pads++) {
      const next = Number((await ask(`${url}/v2/keys/`)).headers.get("x-etcd-index")) + 1;
      if (next === index) return;
      if (!(next < index)) break;
      await ask(`${url}/v2/keys/_before`, { method: "PUT", body: new URLSearchParams({ value: "x" }) });
    }
    throw new Error(`the next change cannot have the index ${index}`);
  }

  async #give(command: string): Promise<void> {
    const { exit, status = 200, stdout, stderr } = await this.#terminal.run(command);
    if (exit !== 0 || status >= 300) throw new Error(`${command} ended with ${exit}, ${status}: ${stdout}${stderr}`);
  }

  async #kill(name: string, signal: "SIGINT" | "SIGKILL"): Promise<void> {
    const found = name === "leader" ? await this.#member("leader") : this.#servers.get(name);
    if (found === undefined) throw new Error(`no server called ${name}`);
    await found.kill(signal);
  }

  async #run(step: Run): Promise<void> {
    let command = step.run;
    if (step.at !== undefined) command = command.replace(/http:\/\/[\d.]+:\d+/, (await this.#member(step.at)).url);
    const deadline = performance.now() + (step.withinMs ?? 0);
    let differences: string[];
    do {
      differences = this.#differences(step, { command, ended: await this.#terminal.run(command) });
      if (differences.length === 0) break;
      await sleep(step.withinMs === undefined ? 0 : pollMs);
    } while (performance.now() < deadline);
    this.#judge(command, differences);
  }

  /** The running member that says of itself that it has this role. */
  async #member(role: "leader" | "follower"): Promise<Server> {
    let found: Server | undefined;
    await this.#until(`a member is ${role}`, async () => {
      for (const server of this.#servers.values()) {
        if (!server.alive) continue;
        const answer = await ask(`${server.url}/v2/stats/self`);
        const { state } = (await answer.json()) as { state: string };
        if (state.toLowerCase().endsWith(role)) found = server;
      }
      return found !== undefined;
    });
    return found as unknown as Server;
  }

  #differences(wanted: Answer, { command, ended }: { command: string; ended: Ended }): string[] {
    const complaints: string[] = [];
    const { status, stdout, stderr, exit, headers } = ended;
    const { exit: ending = "content" } = wanted;
    if (ending !== "either way" && (exit === 0) !== (ending === "content"))
      complaints.push(`ended with ${exit}: ${stderr}`);
    if (wanted.status !== undefined && status !== wanted.status) {
      complaints.push(`status ${status} instead of ${wanted.status}: ${stdout}`);
    }
    for (const [name, value] of Object.entries(wanted.headers ?? {})) {
      if (!matches(headers.get(name.toLowerCase()), value))
        complaints.push(`${name}: ${headers.get(name.toLowerCase())}`);
    }
    if (wanted.text !== undefined && !matches(stdout.trimEnd(), wanted.text)) complaints.push(`answered ${stdout}`);
    if (wanted.stderr !== undefined && !wanted.stderr.test(stderr)) complaints.push(`said ${stderr}`);
    const how = { shift: this.#chapter.shift ?? 0, isSorted: command.includes("sorted=true") };
    if (wanted.json !== undefined) complaints.push(...compareJson(wanted.json, parse(stdout), how));
    if (wanted.shape !== undefined) complaints.push(...compareShape(wanted.shape, parse(stdout)));
    return complaints;
  }

  #judge(command: string, differences: readonly string[]): void {
    if (differences.length > 0) this.complaints.push([command, ...differences].join("\n    "));
  }

  async #until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + startTimeoutMs;
    while (!(await holds())) {
      if (performance.now() > deadline) {
        const outputs = [...this.#servers].map(([name, { output }]) => `${name}: ${output().slice(-1_000)}`);
        throw new Error(`not within ${startTimeoutMs} ms: ${what}\n${outputs.join("\n")}`);
      }
      await sleep(pollMs);
    }
  }
}

function matches(text: string | undefined, wanted: string | RegExp): boolean {
  return typeof wanted === "string" ? text === wanted : text !== undefined && wanted.test(text);
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function ask(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(askTimeoutMs) });
}

async function watchersAt(url: string): Promise<number> {
  const answer = await ask(`${url}/v2/stats/store`);
  return ((await answer.json()) as { watchers: number }).watchers;
}

async function statusOf(url: string): Promise<number | undefined> {
  try {
    return (await ask(url)).status;
  } catch {
    return undefined;
  }
}

function connects(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = createConnection(Number(port), hostname);
    const settle = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}
