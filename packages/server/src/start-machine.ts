/**
 * A machine of a release before 2.0, which is more than a member: it can begin anew (`-f`), and one of 0.4 that finds its cluster
 * full, or is removed from it, stands by until there is a place. So the server behind it comes and goes; the addresses are the
 * same, and at any time one of the two answers there.
 */
import { NodeWebClient, PromMetrics } from "./adapters/index.ts";
import type { DiscoveryConfig, ServerConfig } from "./config/index.ts";
import {
  ClusterFullError,
  FirstComer,
  readStandbyFile,
  removeStandbyFile,
  StandBy,
  type StandbyInfo,
  writeStandbyFile,
} from "./discovery/index.ts";
import { memberPaths } from "./member/index.ts";
import { StandbyFront } from "./standby-front.ts";
import { peerUrlsOfOthers, RemovedError, type RunningServer, type ServerParts, startServer } from "./start-server.ts";
import { Wal } from "./wal/index.ts";

/** What runs at the moment. */
interface Running {
  stop(graceMs: number): Promise<void>;
}

const removalGraceMs = 500;

/** Starts a machine; rejects when it can neither take part nor stand by. */
export async function startMachine(parts: ServerParts): Promise<Running> {
  const machine = new Machine(parts);
  await machine.start();
  return machine;
}

class Machine implements Running {
  readonly #parts: ServerParts;
  /** The server, or what stands in for it; one change at a time. */
  #running: Running | undefined;
  #change: Promise<void> = Promise.resolve();
  #comer: FirstComer | undefined;
  #isStopping = false;

  constructor(parts: ServerParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { config, ports, log } = this.#parts;
    const { dataDir } = config;
    if (config.forgetsData) {
      log.warn("throwing away what is in the data directory", { "data-dir": dataDir });
      for (const path of keptPaths(config)) await ports.disk.remove(path);
      await removeStandbyFile(ports.disk, dataDir);
    }
    const kept = this.#canStandBy ? await readStandbyFile(ports.disk, dataDir) : undefined;
    if (kept !== undefined) return this.#standBy(kept, []);
    const found = config.discovery?.kind === "v2" ? await this.#discover(config.discovery) : config;
    return this.#takePart(found);
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#comer?.stop();
    await this.#change.catch(() => {});
    await this.#running?.stop(graceMs);
  }

  /** What to do by what the discovery service says; a machine that has a log knows it, and only shows itself there. */
  async #discover({ url, proxy, peers }: Extract<DiscoveryConfig, { kind: "v2" }>): Promise<ServerConfig> {
    const { config, ports, log } = this.#parts;
    const { name } = config;
    const peerUrl = config.advertisePeerUrls[0] ?? "";
    const comer = new FirstComer({ ...ports, web: new NodeWebClient({ proxy }) }, { url, name, peerUrl });
    this.#comer = comer;
    if (await Wal.exists(ports.disk, memberPaths(config).wal)) {
      void comer.renew();
      return founding(config);
    }
    try {
      const others = await comer.peers();
      comer.keep();
      return others.length === 0 ? founding(config) : joining(config, others);
    } catch (error) {
      const reason = `cannot register with the discovery service ${url}: ${(error as Error).message}`;
      if (peers.length === 0) throw new Error(reason, { cause: error });
      log.warn(`${reason}; joining through -peers`, { peers });
      return joining(config, peers);
    }
  }

  /** Earlier releases had nobody stand by. */
  get #canStandBy(): boolean {
    return this.#parts.config.compat === "0.4";
  }

  /** `known`: where a machine that stood by is to go on standing by, whatever keeps it from taking part. */
  async #takePart(config: ServerConfig, known?: readonly string[]): Promise<void> {
    const { ports, log } = this.#parts;
    try {
      // What the server before counted is counted anew, as after a restart.
      const metrics = this.#running === undefined ? this.#parts.metrics : new PromMetrics({ process: true });
      const onRemoved = () => this.#next(() => this.#leave(server));
      const server: RunningServer = await startServer({
        ...this.#parts,
        config,
        metrics,
        ports: { ...ports, metrics },
        onRemoved,
      });
      this.#running = server;
      if (this.#canStandBy) await removeStandbyFile(ports.disk, config.dataDir);
    } catch (error) {
      if (!this.#canStandBy) throw error;
      const refused = causeOf(error, ClusterFullError) ?? causeOf(error, RemovedError);
      const peerUrls = refused?.peerUrls ?? known;
      if (peerUrls === undefined) throw error;
      log.warn("standing by", { reason: (refused ?? (error as Error)).message });
      if (refused instanceof RemovedError) await this.#setAside();
      await this.#standBy(nothingKnown, peerUrls);
    }
  }

  async #leave(server: RunningServer): Promise<void> {
    if (!this.#canStandBy) return this.#parts.onRemoved();
    this.#parts.log.info("standing by", { reason: "removed from the cluster" });
    const peerUrls = peerUrlsOfOthers(server.member);
    await server.stop(removalGraceMs);
    await this.#setAside();
    await this.#standBy(nothingKnown, peerUrls);
  }

  async #standBy(info: StandbyInfo, peerUrls: readonly string[]): Promise<void> {
    const { config, ports } = this.#parts;
    const front = await StandbyFront.open({ config, ports, leaderUrl: () => standBy.leaderUrl });
    const standBy: StandBy = new StandBy({
      ...ports,
      client: front.peerClient,
      peerUrl: config.advertisePeerUrls[0] ?? "",
      info,
      peerUrls,
      keep: (news) => writeStandbyFile(ports.disk, config.dataDir, news),
      onPlace: (urls) =>
        this.#next(async () => {
          await front.close(removalGraceMs);
          await this.#takePart(joining(config, urls), urls);
        }),
    });
    this.#running = {
      stop: async (graceMs) => {
        standBy.stop();
        await front.close(graceMs);
      },
    };
    await standBy.start();
    ports.log.info("standing by: clients are sent to the leader", { "client-urls": front.clientAddresses });
  }

  /** The next change, unless the machine is being stopped. A machine that can neither take part nor stand by has failed. */
  #next(change: () => Promise<void>): void {
    if (this.#isStopping) return;
    this.#change = this.#change.then(change).catch((error: Error) => this.#parts.onFatal(error));
  }

  /** A removed member can never take part again; what it has stored is kept, once, for whoever removed it by mistake. */
  async #setAside(): Promise<void> {
    const { config, ports } = this.#parts;
    for (const path of keptPaths(config)) {
      if ((await ports.disk.stat(path)) === undefined) continue;
      await ports.disk.remove(`${path}.removed`);
      await ports.disk.rename(path, `${path}.removed`);
    }
    await ports.disk.syncDirectory(config.dataDir);
  }
}

const nothingKnown: StandbyInfo = { Running: true, Cluster: [], SyncInterval: 5 };

/** Everything a member stores. */
function keptPaths(config: ServerConfig): string[] {
  const { member, wal } = memberPaths(config);
  return config.walDir === undefined ? [member] : [member, wal];
}

function founding(config: ServerConfig): ServerConfig {
  const initialCluster = config.advertisePeerUrls.map((url) => `${config.name}=${url}`).join(",");
  return { ...config, discovery: undefined, initialCluster, initialClusterState: "new" };
}

function joining(config: ServerConfig, urls: readonly string[]): ServerConfig {
  return { ...config, discovery: { kind: "peers", urls }, initialCluster: "", initialClusterState: "existing" };
}

/** The error of a class among an error and its causes. */
function causeOf<T extends Error>(error: unknown, kind: new (...args: never[]) => T): T | undefined {
  if (error instanceof kind) return error;
  return error instanceof Error && error.cause !== undefined ? causeOf(error.cause, kind) : undefined;
}
