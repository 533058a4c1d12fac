/**
 * How a discovery waits for a service that does not answer: twice as long after every failure, from 2 seconds to 256, practically
 * for ever, as etcd does. Founders are started by operators who see the warnings and can stop them.
 */
import type { Clock, Logger } from "../ports/index.ts";

const doublingsMax = 8;
const retriesMax = 2 ** 32 - 1;

/** The service does not answer for now. */
export class ServiceAwayError extends Error {
  override readonly name = "ServiceAwayError";
}

export class Patience {
  readonly #ports: { readonly clock: Clock; readonly log: Logger };
  #retries = 0;

  constructor(ports: { readonly clock: Clock; readonly log: Logger }) {
    this.#ports = ports;
  }

  /** Runs `attempt` until it does not find the service away; other failures are passed on. */
  async insist<T>(step: string, attempt: () => Promise<T>): Promise<T> {
    while (this.#retries < retriesMax) {
      try {
        const outcome = await attempt();
        this.#retries = 0;
        return outcome;
      } catch (error) {
        if (!(error instanceof ServiceAwayError)) throw error;
        await this.#backOff(step, error);
      }
    }
    throw new Error("discovery: too many retries");
  }

  #backOff(step: string, error: Error): Promise<void> {
    const { clock, log } = this.#ports;
    this.#retries++;
    const seconds = 2 ** Math.min(this.#retries, doublingsMax);
    log.warn("retry connecting to discovery service", { reason: step, error: error.message, backoff: `${seconds}s` });
    return new Promise((resolve) => clock.setTimer(seconds * 1_000, resolve));
  }
}
