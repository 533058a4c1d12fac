/**
 * `-discovery URL` before 2.0: nobody says how many machines there will be. Each writes its peer address below a key of a v2 key
 * space, where it is kept for a week at a time, and whoever then makes the hidden key `_state` founds the cluster; all
 * others join through those that are written there.
 */
import type { Clock, Logger, Timer, WebClient } from "../ports/index.ts";
import { V2Service } from "./v2-service.ts";

/** What discovering needs of the world. */
export interface FirstComerPorts {
  readonly web: WebClient;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A machine and where it is to be discovered. */
export interface DiscoveredMachine {
  readonly url: string;
  readonly name: string;
  readonly peerUrl: string;
}

const keptSeconds = 604_800;
const renewalMs = (keptSeconds / 8) * 1_000;

/** A machine's entry at the service, renewed while it runs. */
export class FirstComer {
  readonly #ports: FirstComerPorts;
  readonly #machine: DiscoveredMachine;
  readonly #service: V2Service;
  #timer: Timer | undefined;
  #isOver = false;

  /** Throws with one line when the address cannot be that of a service. */
  constructor(ports: FirstComerPorts, machine: DiscoveredMachine) {
    this.#ports = ports;
    this.#machine = machine;
    this.#service = new V2Service(ports.web, machine.url);
  }

  /** The peers to join; empty for the first comer, who founds. Rejects with one line when the service is of no help. */
  async peers(): Promise<readonly string[]> {
    const { name } = this.#machine;
    await this.#write();
    if (await this.#service.create("_state", "started")) return [];
    const { entries } = await this.#service.entries();
    const others = entries.filter((entry) => entry.name !== name && entry.name !== "_state");
    if (others.length > 0) return others.map(({ value }) => value);
    throw new Error("Discovery found an initialized cluster but no reachable peers are registered.");
  }

  /** Keeps the entry from now on. A service that is away is asked again when the next renewal is due. */
  keep(): void {
    this.#timer?.cancel();
    if (this.#isOver) return;
    this.#timer = this.#ports.clock.setTimer(renewalMs, () => void this.renew());
  }

  /** Writes the entry, and keeps it; never rejects. */
  async renew(): Promise<void> {
    try {
      await this.#write();
    } catch (error) {
      this.#ports.log.warn("cannot renew the entry at the discovery service", { error: (error as Error).message });
    }
    this.keep();
  }

  /** The entry is left to its time to live. */
  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  #write(): Promise<void> {
    const { name, peerUrl } = this.#machine;
    return this.#service.set(name, { value: peerUrl, ttlSeconds: keptSeconds });
  }
}
