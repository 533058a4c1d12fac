/**
 * `npm run crash`: kills a server again and again and looks whether it kept its word. Each cycle loads it with writers,
 * leases, watchers and compactions, ends it without warning at a random moment (under load, while starting, around a
 * compaction; now and then politely), starts it on the same directory and examines everything. Works on any
 * etcd-compatible binary (`--exec`), so the harness itself is known to be right from the real etcd.
 */
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  EtcdClient,
  freePorts,
  numberOption,
  parseOptions,
  SeededRandom,
  ServerProcess,
  textOption,
} from "../harness/index.ts";
import { examine, type Memory } from "./checks.ts";
import { HistoryAnchor } from "./history-anchor.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { Watcher } from "./watcher.ts";
import { Writer } from "./writer.ts";

/** What a whole run did. */
export interface CrashSummary {
  readonly cycles: number;
  readonly complaints: readonly string[];
}

interface Plan {
  readonly binary: string;
  readonly cycles: number;
  readonly seed: number;
  readonly loadMs: number;
}

const writerCount = 8;
const connectionCount = 3;

/** One life after the other on one data directory. */
class CrashRun {
  readonly #plan: Plan;
  readonly #random: SeededRandom;
  readonly #memory: Memory;
  readonly #counts = { kills: 0, startKills: 0, polite: 0, writes: 0, startMs: 0 };
  #ports: readonly [number, number] = [0, 0];
  #dataDir: string | undefined;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#random = new SeededRandom(plan.seed);
    const fork = (): SeededRandom => new SeededRandom(this.#random.below(2 ** 31));
    this.#memory = {
      writers: Array.from({ length: writerCount }, (_, index) => new Writer(`w${index}`, fork())),
      watchers: [new Watcher("watcher 0"), new Watcher("watcher 1")],
      leases: new LeaseKeeper(fork()),
      anchor: new HistoryAnchor(),
    };
  }

  async run(): Promise<CrashSummary> {
    const [client = 0, peer = 0] = await freePorts(2);
    this.#ports = [client, peer];
    for (let cycle = 1; cycle <= this.#plan.cycles; cycle++) {
      const complaints = await this.#cycle(cycle === this.#plan.cycles);
      if (complaints.length > 0)
        return { cycles: cycle, complaints: complaints.map((text) => `cycle ${cycle}: ${text}`) };
      if (cycle % 20 === 0) console.log(`seed ${this.#plan.seed}, ${cycle} cycles: ${this.#progress()}`);
    }
    if (this.#dataDir !== undefined) rmSync(this.#dataDir, { recursive: true, force: true });
    return { cycles: this.#plan.cycles, complaints: [] };
  }

  async #cycle(isLast: boolean): Promise<string[]> {
    const server = await this.#startServer();
    const clients = Array.from({ length: connectionCount }, () => new EtcdClient(server.endpoint));
    const [first] = clients as [EtcdClient];
    for (const watcher of this.#memory.watchers) watcher.resume(first);
    try {
      const complaints = await examine(first, this.#memory);
      if (complaints.length > 0) return [...complaints, `data directory: ${server.dataDir}`];
      if (isLast) return await this.#memory.leases.checkExpiry(first, 15_000);
      await this.#load(server, clients);
      return [];
    } catch (error) {
      return [`${String(error)}`, `the server said: ${server.output}`, `data directory: ${server.dataDir}`];
    } finally {
      for (const watcher of this.#memory.watchers) watcher.drop();
      for (const client of clients) client.close();
      await server.kill();
    }
  }

  /** Starts the server; now and then kills it while it starts, and starts it again. */
  async #startServer(): Promise<ServerProcess> {
    for (;;) {
      const { binary } = this.#plan;
      const where = this.#dataDir === undefined ? {} : { dataDir: this.#dataDir };
      const begun = performance.now();
      const server = await ServerProcess.spawn({ binary, ports: this.#ports, ...where });
      this.#dataDir = server.dataDir;
      if (this.#random.below(8) === 0) {
        await sleep(this.#random.below(400));
        await server.kill();
        this.#counts.startKills++;
        continue;
      }
      await server.waitUntilHealthy(30_000);
      this.#counts.startMs = Math.max(this.#counts.startMs, performance.now() - begun);
      return server;
    }
  }

  async #load(server: ServerProcess, clients: readonly EtcdClient[]): Promise<void> {
    let killed = false;
    const stopped = (): boolean => killed;
    const clientOf = (index: number): EtcdClient => clients[index % clients.length] as EtcdClient;
    const { writers, leases } = this.#memory;
    const work = Promise.all([
      ...writers.map((writer, index) => writer.run(clientOf(index), stopped)),
      leases.run(clientOf(0), stopped),
    ]);
    // A failure while the server lives must not wait for its end unobserved.
    work.catch(() => {});
    await Promise.race([sleep(this.#random.below(this.#plan.loadMs)), work]);
    await this.#maybeCompact(clientOf(1));
    killed = true;
    const isPolite = this.#random.below(20) === 0;
    this.#counts[isPolite ? "polite" : "kills"]++;
    await server.kill(isPolite ? "SIGTERM" : "SIGKILL");
    await work;
    this.#counts.writes += writers.reduce((sum, writer) => sum + writer.acknowledged.length, 0);
  }

  /** Hashes, then sometimes compacts, and may leave so soon that the kill falls into the compaction. */
  async #maybeCompact(client: EtcdClient): Promise<void> {
    const { watchers, anchor } = this.#memory;
    const seen = Math.min(...watchers.map((watcher) => watcher.revision));
    if (this.#random.below(3) === 0) await anchor.drop(client, seen);
    if (this.#random.below(3) !== 0 || seen < 10) return;
    const revision = seen - this.#random.below(5);
    const compaction = anchor.compact(client, { revision, physical: this.#random.below(2) === 0 });
    const patience = this.#random.pick([0, 2, 5, 100]);
    await Promise.race([sleep(patience), compaction.catch(() => {})]);
    compaction.catch(() => {});
  }

  #progress(): string {
    const { kills, startKills, polite, writes, startMs } = this.#counts;
    const { anchor, leases, watchers } = this.#memory;
    return [
      `${kills} kills under load, ${startKills} while starting, ${polite} polite ends`,
      `${writes} acknowledged writes, ${watchers[0]?.eventCount} events, revision ${watchers[0]?.revision}`,
      `${leases.grantedCount} leases, ${anchor.compactions} compactions, ${anchor.hashesCompared} hashes compared`,
      `slowest start ${Math.round(startMs)} ms`,
    ].join("; ");
  }
}

/** Runs the harness with a command line's arguments; the exit code tells whether the server kept its word. */
export async function main(args: readonly string[], defaultBinary: string): Promise<number> {
  const options = parseOptions(args, ["cycles", "seed", "exec", "load-ms", "runs"]);
  const seed = numberOption(options, "seed", Date.now() % 1_000_000_000);
  const plan = {
    binary: textOption(options, "exec", defaultBinary),
    cycles: numberOption(options, "cycles", 200),
    loadMs: numberOption(options, "load-ms", 400),
  };
  const runs = Math.max(1, numberOption(options, "runs", 2));
  console.log(`crash: ${plan.binary}, ${plan.cycles} cycles on ${runs} servers side by side, seed ${seed}`);
  const begun = performance.now();
  const shares = Array.from({ length: runs }, (_, index) => Math.floor((plan.cycles + index) / runs));
  const summaries = await Promise.all(
    shares.map((cycles, index) => new CrashRun({ ...plan, cycles, seed: seed + index }).run()),
  );
  const cycles = summaries.reduce((sum, one) => sum + one.cycles, 0);
  const complaints = summaries.flatMap((one) => one.complaints);
  const seconds = Math.round((performance.now() - begun) / 1000);
  for (const complaint of complaints) console.error(`FAIL ${complaint}`);
  console.log(
    `crash: ${complaints.length === 0 ? "passed" : "FAILED"}, ${cycles} cycles in ${seconds} s, seed ${seed}`,
  );
  return complaints.length === 0 ? 0 : 1;
}
