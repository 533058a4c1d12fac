/**
 * Notices heartbeats that leave late: a leader that takes longer than two heartbeat intervals between two to the same member is
 * overloaded, as a rule by its disk. Counted and logged as in etcd.
 */
import { type Message, MessageType } from "@etcd-ts/raft";
import { formatId } from "../membership/index.ts";
import type { Clock, Counter, Logger } from "../ports/index.ts";

export interface HeartbeatPaceParts {
  readonly clock: Pick<Clock, "nowMs">;
  readonly log: Logger;
  readonly heartbeatMs: number;
  readonly failures: Counter;
}

export class HeartbeatPace {
  readonly #parts: HeartbeatPaceParts;
  readonly #sentMs = new Map<bigint, number>();

  constructor(parts: HeartbeatPaceParts) {
    this.#parts = parts;
  }

  /** A message leaves. */
  sending({ type, to }: Message): void {
    if (type !== MessageType.heartbeat) return;
    const { clock, log, heartbeatMs, failures } = this.#parts;
    const nowMs = clock.nowMs();
    const exceededMs = nowMs - (this.#sentMs.get(to) ?? nowMs) - 2 * heartbeatMs;
    this.#sentMs.set(to, nowMs);
    if (exceededMs <= 0) return;
    failures.inc();
    log.warn("leader failed to send out heartbeat on time; took too long, leader is overloaded likely from slow disk", {
      to: formatId(to),
      "heartbeat-interval": `${heartbeatMs}ms`,
      "expected-duration": `${2 * heartbeatMs}ms`,
      "exceeded-duration": `${exceededMs.toFixed(3)}ms`,
    });
  }

  /** Leadership begins or ends: what came before does not count. */
  reset(): void {
    this.#sentMs.clear();
  }
}
