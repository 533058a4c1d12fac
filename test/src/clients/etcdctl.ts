/**
 * Runs etcdctl against a server and reduces what it prints to what must be equal between two servers: ids, hashes, times,
 * sizes, terms, raft indexes and versions are masked, everything else counts, the exit code included.
 */
import { spawn } from "node:child_process";
import type { ServerProcess } from "../harness/index.ts";
import { etcdctlSteps, type Step } from "./etcdctl-steps.ts";

/** What one step showed. */
export interface Shown {
  readonly command: string;
  readonly output: string;
}

const stepTimeoutMs = 15_000;
const silenceMs = 200;
const perfTimeoutMs = 120_000;

/** The masks, in order; each replaces what differs between any two servers. */
const masks: readonly (readonly [RegExp, string])[] = [
  [/127\.0\.0\.1:\d+/g, "<endpoint>"],
  [
    /"(cluster_id|member_id|ID|id|leader|raft_term|raftTerm|raftIndex|raftAppliedIndex|dbSize|dbSizeInUse|lease|hash)":-?\d+/g,
    '"$1":<n>',
  ],
  [/"(ClusterID|MemberID|RaftTerm|Lease)" : -?\d+/g, '"$1" : <n>'],
  [/"version":"[^"]*"/g, '"version":"<version>"'],
  [/took (= )?[\d.]+[µmn]?s/g, "took <time>"],
  [/remaining\(\d+s\)/g, "remaining(<n>s)"],
  [/"ttl":\d+/g, '"ttl":<n>'],
  [/\b[0-9a-f]{15,16}\b/g, "<id>"],
  [/^[0-9a-f]{13,14}$/gm, "<id>"],
  [/"ts":"[^"]*"|"caller":"[^"]*"|client-[0-9a-f-]+/g, "<log>"],
  [/^\{"level".*$/gm, "<log line>"],
  [/^(<endpoint>), \d+$/gm, "$1, <hash>"],
  [/^(<endpoint>), (<id>), .*$/gm, "$1, $2, <figures>"],
];

/** Runs all steps, one after the other, and tells what each showed. */
export async function showAll(server: ServerProcess, options: { withPerf: boolean }): Promise<Shown[]> {
  const saved = new Map<string, string>();
  const shown: Shown[] = [];
  for (const step of etcdctlSteps) {
    if (step.awaits !== undefined || (step.isPerf && !options.withPerf)) continue;
    shown.push(await show(server, { step, saved }));
  }
  return shown;
}

async function show(
  server: ServerProcess,
  { step, saved }: { step: Step; saved: Map<string, string> },
): Promise<Shown> {
  const words = typeof step.args === "string" ? step.args.split(" ") : step.args;
  const args = words.map((word) => word.replace(/^\$(\w+)$/, (_, name: string) => saved.get(name) ?? "0"));
  const { stdout, stderr, ending } = await runStep(server, { step, args });
  const found = step.save?.match.exec(stdout.toString());
  if (step.save !== undefined && found?.[1] !== undefined) saved.set(step.save.name, found[1]);
  const text = step.isProtobuf ? withoutHeader(stdout).toString("hex") : stdout.toString();
  const output = step.isPerf ? (/PASS: Throughput|FAIL.*/.exec(text)?.[0] ?? text) : `${text}${stderr}${ending}`;
  const command = words.join(" ");
  return { command, output: command.startsWith("watch") ? maskWatchHeader(mask(output)) : mask(output) };
}

interface Ending {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly ending: string;
}

function runStep(server: ServerProcess, { step, args }: { step: Step; args: readonly string[] }): Promise<Ending> {
  const all = ["--endpoints", server.endpoint, ...args];
  const child = spawn("etcdctl", all, { env: { ...process.env, ETCDCTL_API: "3" } });
  const stdout: Buffer[] = [];
  let stderr = "";
  let interrupted = false;
  let lines = 0;
  let silence: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    interrupted = true;
    child.kill("SIGINT");
  };
  const timer = setTimeout(() => child.kill("SIGKILL"), step.isPerf ? perfTimeoutMs : stepTimeoutMs);
  child.stdout.on("data", (chunk: Buffer) => {
    stdout.push(chunk);
    for (const byte of chunk) if (byte === 0x0a) lines++;
    if (step.untilLines === undefined || lines < step.untilLines || interrupted) return;
    clearTimeout(silence);
    silence = setTimeout(interrupt, silenceMs);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdin.on("error", () => {});
  child.stdin.write(step.stdin ?? "");
  if (step.untilLines === undefined) child.stdin.end();
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const missed = step.untilLines !== undefined && !interrupted ? `ended after ${lines} lines\n` : "";
      const ending = interrupted ? "" : `${missed}exit ${signal ?? code}`;
      resolve({ stdout: Buffer.concat(stdout), stderr, ending });
    });
  });
}

/** Drops the first field of a message, the response header. */
function withoutHeader(message: Buffer): Buffer {
  return message.subarray(2 + (message[1] ?? 0));
}

/** Replaces what differs between any two servers. Table cells are masked by column, and their frames left out. */
export function mask(output: string): string {
  let text = output;
  for (const [pattern, replacement] of masks) text = text.replace(pattern, replacement);
  text = text.replace(/attached keys\(\[(.*)\]\)|"keys":\[(".*")\]/g, sortItems);
  return text
    .split("\n")
    .filter((line) => !/^\+[-+]+\+$/.test(line))
    .map((line) => (line.startsWith("|") ? maskRow(line) : line))
    .join("\n");
}

/**
 * While a watcher catches up with the past, etcd's answers tell the store's revision, ours the last event's: a promise that
 * everything up to it was told. Clients resume from the events' own revisions.
 */
function maskWatchHeader(output: string): string {
  return output.replace(/"revision":\d+/g, '"revision":<n>').replace(/^"Revision" : \d+$/gm, '"Revision" : <n>');
}

/** The keys of a lease come in the order of a Go map: none. */
function sortItems(list: string, plain?: string, json?: string): string {
  const items = plain ?? json ?? "";
  const separator = plain === undefined ? "," : " ";
  return list.replace(items, items.split(separator).sort().join(separator));
}

function maskRow(line: string): string {
  const cells = line.split("|").map((cell) => cell.trim());
  const isMeasured = (cell: string): boolean => /^(\d+|\d+\.\d+\.\d+|[\d.]+ [kMG]?B)$/.test(cell);
  return cells.map((cell) => (isMeasured(cell) ? "<figure>" : cell)).join("|");
}
