/**
 * A machine of 0.4 that found its cluster full: it takes no part, knows from time to time who does and who leads, and notices
 * when there is a place. What it knows is told to whoever keeps it over a restart.
 */
import type { Clock, Logger, PeerClient, Timer } from "../ports/index.ts";
import { askPeer } from "./ask-peer.ts";

/** A machine as 0.4 lists it. */
export interface Machine {
  readonly name: string;
  readonly state: string;
  readonly clientURL: string;
  readonly peerURL: string;
}

/** What is known of the cluster, in the form in which 0.4 wrote it to disk. */
export interface StandbyInfo {
  readonly Running: boolean;
  readonly Cluster: readonly Machine[];
  /** Seconds. */
  readonly SyncInterval: number;
}

/** What standing by needs. */
export interface StandByParts {
  readonly client: PeerClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** This machine's own peer address. */
  readonly peerUrl: string;
  readonly info: StandbyInfo;
  /** Where to ask besides the machines known. */
  readonly peerUrls: readonly string[];
  /** Called with every news; awaited before the next. */
  keep(info: StandbyInfo): Promise<void>;
  /** There is a place in the cluster of these peer addresses; called once, and nothing is asked afterwards. */
  onPlace(peerUrls: readonly string[]): void;
}

const leastInterval = 1;
const machinesMax = 1_000;

export class StandBy {
  readonly #parts: StandByParts;
  #info: StandbyInfo;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(parts: StandByParts) {
    this.#parts = parts;
    this.#info = parts.info;
  }

  /** Asks for news a first time, and from then on in intervals. Resolves after the first. */
  async start(): Promise<void> {
    await this.#parts.keep(this.#info);
    await this.#sync();
    this.#wait();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Where clients are sent; undefined while no leader is known. */
  get leaderUrl(): string | undefined {
    return this.#info.Cluster.find(({ state }) => state === "leader")?.clientURL;
  }

  #wait(): void {
    if (this.#stopped) return;
    const delayMs = Math.max(this.#info.SyncInterval, leastInterval) * 1_000;
    this.#timer = this.#parts.clock.setTimer(delayMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    const activeSize = await this.#sync();
    if (this.#stopped) return;
    const peerUrls = this.#info.Cluster.map(({ peerURL }) => peerURL);
    const hasPlace = activeSize !== undefined && this.leaderUrl !== undefined && activeSize > peerUrls.length;
    if (!hasPlace && !peerUrls.includes(this.#parts.peerUrl)) return this.#wait();
    this.stop();
    this.#parts.onPlace(peerUrls);
  }

  /** The active size of the cluster; undefined when nobody told it. */
  async #sync(): Promise<number | undefined> {
    const { log, peerUrls, keep } = this.#parts;
    const asked = [...new Set([...this.#info.Cluster.map(({ peerURL }) => peerURL), ...peerUrls])];
    for (const url of asked) {
      const machines = machinesIn(await this.#json(url, "/v2/admin/machines"));
      const config = (await this.#json(url, "/v2/admin/config")) as { activeSize?: unknown; syncInterval?: unknown };
      if (machines === undefined || typeof config?.activeSize !== "number") continue;
      const SyncInterval = typeof config.syncInterval === "number" ? config.syncInterval : this.#info.SyncInterval;
      this.#info = { Running: true, Cluster: machines, SyncInterval };
      if (!this.#stopped) await keep(this.#info);
      return config.activeSize;
    }
    log.warn("standing by without news: no machine of the cluster answers", { peers: asked });
    return undefined;
  }

  async #json(url: string, path: string): Promise<unknown> {
    const { status, text } = await askPeer(this.#parts.client, url, { method: "GET", path });
    return status === 200 ? parse(text) : undefined;
  }
}

/** The list in an answer, or on disk; undefined when it is none. */
export function machinesIn(value: unknown): readonly Machine[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > machinesMax) return undefined;
  const machines = value.filter(isMachine);
  return machines.length === value.length ? machines : undefined;
}

function isMachine(value: unknown): value is Machine {
  const fields = ["name", "state", "clientURL", "peerURL"] as const;
  const machine = value as Partial<Record<(typeof fields)[number], unknown>> | null;
  return typeof machine === "object" && fields.every((field) => typeof machine?.[field] === "string");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
