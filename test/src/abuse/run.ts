/**
 * `npm run abuse`: everything a server must survive. First every probe once, its refusal compared with the real etcd's
 * where that is installed; then a storm of attacks and wild calls for some seconds, during which an honest client
 * must be served, and after which memory and descriptors must be back where they were.
 *
 * Whether memory leaks is decided by what is in use behind a forced collection, since resident memory also holds garbage
 * and space that malloc keeps. A server that is no Node process has resident memory judged, with room for those.
 */
import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import {
  EtcdClient,
  numberOption,
  type ProcessFigures,
  parseOptions,
  processFigures,
  SeededRandom,
  ServerProcess,
  textOption,
} from "../harness/index.ts";
import { attacks } from "./attacks.ts";
import { type Probe, probes } from "./probes.ts";
import { type RawOutcome, rawCall, rawHttp } from "./raw-call.ts";
import { talk } from "./raw-socket.ts";
import { wildCall } from "./wild-messages.ts";

interface Storm {
  readonly server: ServerProcess;
  readonly random: SeededRandom;
  readonly seconds: number;
}

interface Comparison {
  /** A real etcd, where it is installed. */
  readonly reference: ServerProcess | undefined;
  /** The server under test is the real etcd itself. */
  readonly isEtcd: boolean;
  /** It was started to tell what memory it uses; any other process would end at the signal. */
  readonly tellsMemory: boolean;
}

const attackersAtOnce = 8;
const honestTimeoutMs = 5_000;
const growthBytesMost = 200 * 2 ** 20;
/** A run of ten minutes makes some 24,000 attacks: a leak of a kilobyte for each is more than this. */
const usedGrowthBytesMost = 16 * 2 ** 20;
const collectionMs = 10_000;
/** Read by a Node process before its program: on a signal it collects garbage and tells what is left. */
const collector = `import v8 from "node:v8"; import vm from "node:vm";
v8.setFlagsFromString("--expose-gc"); const collect = vm.runInNewContext("gc");
process.on("SIGUSR2", () => { collect(); collect(); const { heapUsed, external } = process.memoryUsage();
console.error("abuse: in use " + (heapUsed + external)); });`;
const collectorEnv = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(collector)}` };
const descriptorsLeftMost = 10;
const outputShown = 2_000;
const memoryShownMs = 60_000;
const settleMs = 15_000;

async function ask(server: ServerProcess, { call, http }: Probe): Promise<RawOutcome> {
  if (call !== undefined) return rawCall(server.ports[0], call);
  return rawHttp(server.ports[0], http ?? "");
}

function lastWords(server: ServerProcess): string {
  return server.output.slice(-outputShown);
}

/** What of an outcome must be the same on both servers. */
function viewOf({ codeOnly, refusalOnly }: Probe, { status, code, text }: RawOutcome): string {
  if (refusalOnly) return status === "200" && code === "0" ? "accepted" : "refused";
  return JSON.stringify(codeOnly ? [status, code] : [status, code, text]);
}

/** Compares every probe's outcome; without a reference only survival is checked. */
async function runProbes(server: ServerProcess, options: Comparison): Promise<string[]> {
  const { reference } = options;
  const complaints: string[] = [];
  for (const probe of probes) {
    if (probe.awaits !== undefined) console.log(`abuse: "${probe.name}" left out, it awaits ${probe.awaits}`);
    if (probe.awaits !== undefined || (options.isEtcd && probe.crashesEtcd)) continue;
    const ours = await ask(server, probe);
    if (!server.alive) return [...complaints, `${probe.name}: the server died: ${lastWords(server)}`];
    if (reference === undefined || probe.crashesEtcd) continue;
    const wanted = await ask(reference, probe);
    const view = (outcome: RawOutcome): string => viewOf(probe, outcome);
    if (view(ours) !== view(wanted))
      complaints.push(`${probe.name}: etcd answers ${view(wanted)}, this server ${view(ours)}`);
  }
  return complaints;
}

/** Attacks for a time; an honest client puts and gets all along. */
async function runStorm({ server, random, seconds }: Storm): Promise<string[]> {
  const port = server.ports[0];
  const deadline = performance.now() + seconds * 1_000;
  const goesOn = (): boolean => server.alive && performance.now() < deadline;
  const counts = new Map<string, number>();
  let last = "";
  const attack = async (fork: SeededRandom): Promise<void> => {
    while (goesOn()) {
      const chosen = fork.below(3) === 0 ? undefined : fork.pick(attacks);
      last = chosen?.name ?? "a wild call";
      counts.set(last, (counts.get(last) ?? 0) + 1);
      if (chosen === undefined) await rawCall(port, wildCall(fork));
      else await talk(port, chosen.make(fork));
    }
  };
  const attackers = Array.from({ length: attackersAtOnce }, () => attack(new SeededRandom(random.below(2 ** 31))));
  const complaints = await serveHonestly(server, goesOn);
  await Promise.all(attackers);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  console.log(`abuse: ${total} attacks of ${counts.size} kinds`);
  if (!server.alive) complaints.push(`the server died, the last attack begun was ${last}: ${lastWords(server)}`);
  return complaints;
}

async function serveHonestly(server: ServerProcess, goesOn: () => boolean): Promise<string[]> {
  const client = new EtcdClient(server.endpoint);
  const key = Buffer.from("~honest");
  let slowestMs = 0;
  let shownAtMs = performance.now();
  try {
    for (let count = 0; goesOn(); count++) {
      const begun = performance.now();
      const value = Buffer.from(String(count));
      await unlessStopped(() => client.call("KV.Put", { key, value }, honestTimeoutMs));
      await unlessStopped(() => client.call("KV.Range", { key }, honestTimeoutMs));
      slowestMs = Math.max(slowestMs, performance.now() - begun);
      if (performance.now() - shownAtMs > memoryShownMs) {
        shownAtMs = performance.now();
        console.log(`abuse: memory is ${Math.round(processFigures(server.pid).rssBytes / 2 ** 20)} MiB`);
      }
      await sleep(10);
    }
    console.log(`abuse: an honest put and get took at most ${Math.round(slowestMs)} ms meanwhile`);
    return [];
  } catch (error) {
    return server.alive ? [`an honest client was not served: ${String(error)}`] : [];
  } finally {
    client.close();
  }
}

/** Calls again when this process itself stood still meanwhile, because the machine slept or was wanted for something else. */
async function unlessStopped<T>(call: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  try {
    return await call();
  } catch (error) {
    if (performance.now() - begun < 2 * honestTimeoutMs) throw error;
    return unlessStopped(call);
  }
}

/** What a Node process has in use behind a collection; undefined when it does not tell. */
async function usedBytes(server: ServerProcess): Promise<number | undefined> {
  const told = (): RegExpMatchArray[] => [...server.output.matchAll(/abuse: in use (\d+)/g)];
  const before = told().length;
  process.kill(server.pid, "SIGUSR2");
  for (const deadline = performance.now() + collectionMs; performance.now() < deadline; await sleep(50)) {
    const now = told();
    if (now.length > before) return Number(now.at(-1)![1]);
  }
  return undefined;
}

/** Whether what is in use has grown by more than a store and its caches do. */
async function checkUsed(server: ServerProcess, before: number): Promise<string[]> {
  const after = await usedBytes(server);
  if (after === undefined) return ["the server does not tell what memory it uses any more"];
  const grown = Math.round((after - before) / 2 ** 20);
  console.log(`abuse: memory in use grew by ${grown} MiB to ${Math.round(after / 2 ** 20)} MiB`);
  return after - before <= usedGrowthBytesMost ? [] : [`after the storm: ${grown} MiB more memory in use`];
}

/** Waits until descriptors are given back; memory is allowed to keep a bounded amount. */
async function checkLeaks(server: ServerProcess, before: ProcessFigures): Promise<string[]> {
  const deadline = performance.now() + settleMs;
  for (;;) {
    const after = processFigures(server.pid);
    const left = after.descriptors - before.descriptors;
    const grown = after.rssBytes - before.rssBytes;
    if (left <= descriptorsLeftMost && grown <= growthBytesMost) {
      console.log(`abuse: memory grew by ${Math.round(grown / 2 ** 20)} MiB, descriptors by ${left}`);
      return [];
    }
    if (performance.now() > deadline) {
      return [`after the storm: ${left} more descriptors, ${Math.round(grown / 2 ** 20)} MiB more memory`];
    }
    await sleep(250);
  }
}

async function abuse(server: ServerProcess, options: Comparison & { storm: Omit<Storm, "server"> }): Promise<string[]> {
  const complaints = await runProbes(server, options);
  // One short storm first, so that caches and pools have their size before anything is compared.
  complaints.push(...(await runStorm({ ...options.storm, server, seconds: Math.min(3, options.storm.seconds) })));
  const before = processFigures(server.pid);
  const usedBefore = options.tellsMemory && server.alive ? await usedBytes(server) : undefined;
  if (usedBefore === undefined && options.tellsMemory) complaints.push("the server does not tell what memory it uses");
  complaints.push(...(await runStorm({ ...options.storm, server })));
  if (server.alive) complaints.push(...(await checkLeaks(server, before)));
  if (server.alive && usedBefore !== undefined) complaints.push(...(await checkUsed(server, usedBefore)));
  return complaints;
}

/** Runs the harness with a command line's arguments; the exit code tells whether the server took it all. */
export async function main(args: readonly string[], defaultBinary: string): Promise<number> {
  const options = parseOptions(args, ["seconds", "seed", "exec"]);
  const binary = textOption(options, "exec", defaultBinary);
  const seed = numberOption(options, "seed", Date.now() % 1_000_000_000);
  const hasReference = spawnSync("etcd", ["--version"]).status === 0;
  console.log(
    `abuse: ${binary}, seed ${seed}, ${hasReference ? "compared with etcd" : "no etcd here to compare with"}`,
  );
  const tellsMemory = binary === defaultBinary;
  const server = await ServerProcess.start({ binary, env: tellsMemory ? collectorEnv : {} });
  const reference = hasReference ? await ServerProcess.start({ binary: "etcd" }) : undefined;
  const storm = { random: new SeededRandom(seed), seconds: numberOption(options, "seconds", 20) };
  const complaints = await abuse(server, { reference, storm, isEtcd: binary === "etcd", tellsMemory });
  await Promise.all([server.stop(), reference?.stop()]);
  for (const complaint of complaints) console.error(`FAIL ${complaint}`);
  console.log(`abuse: ${complaints.length === 0 ? "passed" : "FAILED"}, ${probes.length} probes, seed ${seed}`);
  return complaints.length === 0 ? 0 : 1;
}
