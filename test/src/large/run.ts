/**
 * `npm run large`: loads a server with large values, reads all of them in one answer while small calls go on, and reports
 * how long these had to wait and how the server's memory grew. Also with several readers, with one that reads slowly,
 * and by RangeStream. What must hold on any machine is checked: complete answers, and memory bounded.
 */
import { fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { PutRequest } from "@etcd-ts/proto";
import { numberOption, parseOptions, processFigures, ServerProcess, textOption } from "../harness/index.ts";
import type { ReadFigures } from "./counting-reader.ts";
import { bytes, call, open, type StallFigures, StallMeter } from "./stall-meter.ts";

const mebibyte = 1024 * 1024;
/** Waiting longer than this is what large ranges must not cause; on a machine of one's own. */
const stallMsMax = 20;
const loaders = 16;
const readerFile = fileURLToPath(new URL("./counting-reader.js", import.meta.url));

interface Plan {
  readonly binary: string;
  readonly count: number;
  readonly valueBytes: number;
  readonly growthMib: number;
  readonly stallMs: number | undefined;
}

interface Phase {
  readonly name: string;
  readonly readers: number;
  readonly pauseMs: number;
  readonly method: string;
}

const phases: readonly Phase[] = [
  { name: "nothing read", readers: 0, pauseMs: 0, method: "Range" },
  { name: "one Range of everything", readers: 1, pauseMs: 0, method: "Range" },
  { name: "four at once", readers: 4, pauseMs: 0, method: "Range" },
  { name: "one, reading slowly", readers: 1, pauseMs: 20, method: "Range" },
  { name: "one RangeStream", readers: 1, pauseMs: 0, method: "RangeStream" },
  { name: "one RangeStream, reading slowly", readers: 1, pauseMs: 20, method: "RangeStream" },
];

async function load(server: ServerProcess, plan: Plan): Promise<void> {
  const client = open(server.endpoint);
  let next = 0;
  const put = async (): Promise<void> => {
    while (next < plan.count) {
      const index = next++;
      const value = new Uint8Array(plan.valueBytes).fill(index & 255);
      const key = bytes(`large/${String(index).padStart(9, "0")}`);
      await call(client, "/etcdserverpb.KV/Put", PutRequest.encode(PutRequest.create({ key, value })));
    }
  };
  await Promise.all(Array.from({ length: loaders }, put));
  client.close();
  // Until the live store has committed.
  await sleep(1000);
}

function read(server: ServerProcess, { pauseMs, method }: Phase): Promise<ReadFigures> {
  return new Promise((resolve, reject) => {
    const child = fork(readerFile, [server.endpoint, String(pauseMs), method]);
    child.once("message", (figures) => resolve(figures as ReadFigures));
    child.once("exit", (code) => reject(new Error(`the reader ended with ${code}`)));
  });
}

async function measure(server: ServerProcess, phase: Phase): Promise<string[]> {
  const before = processFigures(server.pid);
  let ownMax = before.ownBytes;
  const sampler = setInterval(() => {
    ownMax = Math.max(ownMax, processFigures(server.pid).ownBytes);
  }, 20);
  const meter = new StallMeter();
  meter.start(server.endpoint);
  const reads = await Promise.all(Array.from({ length: phase.readers }, () => read(server, phase)));
  if (phase.readers === 0) await sleep(2000);
  const stalls = await meter.stop();
  clearInterval(sampler);
  const cpuMs = (processFigures(server.pid).cpuUs - before.cpuUs) / 1000;
  const growthMib = (ownMax - before.ownBytes) / mebibyte;
  report(phase, { reads, stalls, cpuMs, ownMib: before.ownBytes / mebibyte, growthMib });
  return complaintsOf({ phase, reads, stalls, growthMib });
}

interface Outcome {
  readonly reads: readonly ReadFigures[];
  readonly stalls: StallFigures;
  readonly growthMib: number;
}

let current: Plan;

function complaintsOf({ phase, reads, stalls, growthMib }: Outcome & { phase: Phase }): string[] {
  const complaints: string[] = [];
  for (const { bytes: got, announcedBytes, kvs, isInOrder, status } of reads) {
    // Beside what was loaded there is at most the key that is put meanwhile.
    const isWhole =
      got === announcedBytes && status === "0" && isInOrder && (kvs === current.count || kvs === current.count + 1);
    if (!isWhole)
      complaints.push(`${got} of ${announcedBytes} bytes, ${kvs} keys, in order: ${isInOrder}, status ${status}`);
  }
  if (growthMib > current.growthMib) complaints.push(`memory grew by ${Math.round(growthMib)} MiB`);
  const maxMs = Math.max(stalls.puts.maxMs, stalls.heartbeats.maxMs);
  if (current.stallMs !== undefined && maxMs > current.stallMs) complaints.push(`a call waited ${maxMs.toFixed(1)} ms`);
  return complaints.map((complaint) => `${phase.name}: ${complaint}`);
}

function report(
  phase: Phase,
  { reads, stalls, cpuMs, ownMib, growthMib }: Outcome & { cpuMs: number; ownMib: number },
): void {
  const { puts, heartbeats, ownMaxMs } = stalls;
  const total = reads.reduce((sum, one) => sum + one.bytes, 0) / mebibyte;
  const seconds = Math.max(0, ...reads.map((one) => one.seconds));
  const rate =
    seconds > 0 ? `${Math.round(total)} MiB in ${seconds.toFixed(1)} s, ${Math.round(cpuMs)} ms of CPU; ` : "";
  const shown = ({ count, medianMs, p99Ms, maxMs }: typeof puts): string =>
    `${count}: median ${medianMs.toFixed(1)}, p99 ${p99Ms.toFixed(1)}, longest ${maxMs.toFixed(1)} ms`;
  console.log(`${phase.name}: ${rate}memory ${Math.round(ownMib)} + ${Math.round(growthMib)} MiB`);
  console.log(`  puts ${shown(puts)}; heartbeats ${shown(heartbeats)}; own delay ${ownMaxMs.toFixed(1)} ms`);
}

async function loopDelay(server: ServerProcess): Promise<string> {
  const text = await (await fetch(`http://${server.endpoint}/metrics`)).text();
  const lines = text.split("\n").filter((line) => /^nodejs_eventloop_lag_(mean|p50|p90|p99|max)_seconds/.test(line));
  return lines.map((line) => line.replace("nodejs_eventloop_lag_", "")).join(", ");
}

/** Runs with a command line's arguments; the exit code tells whether everything held. */
export async function main(args: readonly string[], defaultBinary: string): Promise<number> {
  const options = parseOptions(args, ["mib", "value-kib", "exec", "growth-mib", "stall-ms", "strict", "only"]);
  const valueBytes = numberOption(options, "value-kib", 64) * 1024;
  current = {
    binary: textOption(options, "exec", defaultBinary),
    count: Math.floor((numberOption(options, "mib", 200) * mebibyte) / valueBytes),
    valueBytes,
    growthMib: numberOption(options, "growth-mib", 256),
    stallMs: options["strict"] === undefined ? undefined : numberOption(options, "stall-ms", stallMsMax),
  };
  const only = textOption(options, "only", "");
  const flags = ["--quota-backend-bytes", String(8 * 1024 * mebibyte)];
  const server = await ServerProcess.start({ binary: current.binary, flags });
  const complaints: string[] = [];
  try {
    console.log(`large: ${current.binary}, ${current.count} values of ${valueBytes} bytes`);
    await load(server, current);
    for (const phase of phases) if (phase.name.includes(only)) complaints.push(...(await measure(server, phase)));
    console.log(`event loop of the server since it started: ${await loopDelay(server)}`);
  } finally {
    await server.stop();
  }
  for (const complaint of complaints) console.error(`FAIL ${complaint}`);
  console.log(`large: ${complaints.length === 0 ? "passed" : "FAILED"}`);
  return complaints.length === 0 ? 0 : 1;
}
