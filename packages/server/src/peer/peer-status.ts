/**
 * Whether a peer can be reached: it is active while at least one stream with it is open. Changes are logged and counted
 * once each; a failure that repeats is not news.
 */
import { formatId } from "../membership/index.ts";
import type { Clock, Logger } from "../ports/index.ts";
import type { PeerMetrics } from "./peer-metrics.ts";

/** Whose state it is, and who hears of changes. */
export interface PeerStatusParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: PeerMetrics;
  readonly remote: bigint;
}

export class PeerStatus {
  readonly #parts: PeerStatusParts;
  #openStreams = 0;
  #activeSinceMs: number | undefined;
  #lastFailure: string | undefined;

  constructor(parts: PeerStatusParts) {
    this.#parts = parts;
    parts.metrics.active.set(0);
    parts.metrics.known.set(1);
  }

  /** Since when the peer is active, undefined while it is not. */
  get activeSinceMs(): number | undefined {
    return this.#activeSinceMs;
  }

  /** A stream with the peer opened. */
  streamOpened(): void {
    this.#openStreams++;
    this.#lastFailure = undefined;
    if (this.#activeSinceMs !== undefined) return;
    const { clock, log, metrics, remote } = this.#parts;
    this.#activeSinceMs = clock.nowMs();
    metrics.active.set(1);
    log.info("peer became active", { "peer-id": formatId(remote) });
  }

  /** A stream that had opened is gone. */
  streamClosed(reason: string): void {
    this.#openStreams--;
    if (this.#openStreams > 0 || this.#activeSinceMs === undefined) return;
    const { log, metrics, remote } = this.#parts;
    this.#activeSinceMs = undefined;
    metrics.active.set(0);
    metrics.disconnected.inc();
    log.warn("peer became inactive (message send to peer failed)", { "peer-id": formatId(remote), error: reason });
  }

  /** An attempt to reach the peer failed; logged when it failed otherwise than the time before. */
  failed(action: string, reason: string): void {
    if (reason === this.#lastFailure) return;
    this.#lastFailure = reason;
    const { log, remote } = this.#parts;
    log.warn("failed to reach a peer", { "peer-id": formatId(remote), action, error: reason });
  }

  /** The peer is no member any more. */
  forgotten(): void {
    this.#parts.metrics.active.set(0);
    this.#parts.metrics.known.set(0);
  }
}
