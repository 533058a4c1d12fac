/**
 * Runs etcdctl in the way of API 2 against a server and reduces what it prints to what must be equal between two servers:
 * ids, addresses, times and raft's figures are masked, everything else counts, the exit code included.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServerProcess } from "../harness/index.ts";
import type { Shown } from "./etcdctl.ts";
import { etcdctlV2Steps, type V2Step } from "./etcdctl-v2-steps.ts";

const stepTimeoutMs = 20_000;
const pollMs = 20;

const masks: readonly (readonly [RegExp, string])[] = [
  [/127\.0\.0\.1:\d{4,}/g, "<endpoint>"],
  [/\b[0-9a-f]{14,16}\b/g, "<id>"],
  [/(Raft-Index|Raft-Term): \d+/g, "$1: <n>"],
  [/"expiration":"[^"]*"/g, '"expiration":"<time>"'],
  [/(TTL: |"ttl":)(\d+)/g, "$1<seconds>"],
];

/** Runs all steps, one after the other, and tells what each showed. */
export async function showAllV2(server: ServerProcess): Promise<Shown[]> {
  const memberId = /^[0-9a-f]+/.exec((await finish(etcdctl(server, ["member", "list"]))).output)?.[0] ?? "";
  const shown: Shown[] = [];
  for (const step of etcdctlV2Steps) {
    const words = wordsOf(step.args);
    const args = words.map((word) => (word === "$member" ? memberId : word));
    const output = mask(await show(server, { step, args }));
    const isUnordered = /^((-u \S+ )?ls|member)\b/.test(words.join(" ")) && !words.includes("--sort");
    shown.push({ command: words.join(" "), output: isUnordered ? inLineOrder(output) : output });
  }
  return shown;
}

async function show(server: ServerProcess, { step, args }: { step: V2Step; args: readonly string[] }): Promise<string> {
  const before = step.during === undefined ? 0 : await watchersAt(server);
  const child = etcdctl(server, args);
  child.stdin?.on("error", () => {});
  child.stdin?.end(step.stdin ?? "");
  const ended = finish(child, step.untilLines);
  for (const [i, command] of (step.during ?? []).entries()) {
    // A watch that goes on asks anew after every event: the next change must find it waiting.
    const mustWait = i === 0 || step.untilLines !== undefined;
    while (mustWait && !hasEnded(child) && (await watchersAt(server)) <= before) await sleep(pollMs);
    await finish(etcdctl(server, wordsOf(command)));
  }
  const { output, ending } = await ended;
  return `${output}${ending}`;
}

function etcdctl(server: ServerProcess, args: readonly string[]): ChildProcess {
  const all = ["--endpoints", `http://${server.endpoint}`, ...args];
  return spawn("etcdctl", all, { env: { ...process.env, ETCDCTL_API: "2" }, detached: true });
}

/** Waits for the end; with `untilLines` makes an end when so much was printed. */
function finish(child: ChildProcess, untilLines?: number): Promise<{ output: string; ending: string }> {
  let [stdout, stderr] = ["", ""];
  let isInterrupted = false;
  const timer = setTimeout(() => process.kill(-(child.pid ?? 0), "SIGKILL"), stepTimeoutMs);
  child.stdout?.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    if (untilLines === undefined || isInterrupted || stdout.split("\n").length <= untilLines) return;
    isInterrupted = true;
    process.kill(-(child.pid ?? 0), "SIGKILL");
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ output: `${stdout}${stderr}`, ending: isInterrupted ? "" : `exit ${signal ?? code}` });
    });
  });
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function wordsOf(args: string | readonly string[]): readonly string[] {
  return typeof args === "string" ? args.split(" ") : args;
}

async function watchersAt({ endpoint }: ServerProcess): Promise<number> {
  const answer = await fetch(`http://${endpoint}/v2/stats/store`);
  return ((await answer.json()) as { watchers: number }).watchers;
}

/** Lists come in the order of a Go map: none. */
function inLineOrder(output: string): string {
  const lines = output.replace(/(?<=ETCD_INITIAL_CLUSTER=").*(?=")/, (list) => list.split(",").sort().join(","));
  return lines.split("\n").sort().join("\n");
}

/** Replaces what differs between any two servers. */
function mask(output: string): string {
  return masks.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), output);
}
