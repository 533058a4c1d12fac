/**
 * How often a client may ping, with grpc-go's rules: a ping too close to the one before is a strike, more than two
 * strikes end the connection, and whatever we send forgives all strikes.
 */
import type { WireLimits } from "./limits.ts";

const strikeCountMax = 2;
const idlePingIntervalMs = 2 * 3_600_000;

/** Judges the pings of one client. */
export class PingPolicy {
  /** Set by whoever sends header or data frames. */
  hasSent = false;
  readonly #limits: WireLimits;
  #strikes = 0;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(limits: WireLimits) {
    this.#limits = limits;
  }

  /** Counts a ping; false when it is one too many. */
  allows(nowMs: number, streamCount: number): boolean {
    const sinceMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (this.hasSent) {
      this.hasSent = false;
      this.#strikes = 0;
      return true;
    }
    const isIdle = streamCount === 0 && !this.#limits.allowsPingWithoutStream;
    if (sinceMs < (isIdle ? idlePingIntervalMs : this.#limits.pingIntervalMinMs)) this.#strikes++;
    return this.#strikes <= strikeCountMax;
  }
}
