/**
 * Notices that this leader has become a bad one: its disk has not finished a sync, or its event loop has not run, for longer than
 * an election timeout. Its connections are fine then, so nobody would depose it; it gives leadership away by itself.
 *
 * Invariants: one attempt an election timeout; after a stalled event loop only when a tick later this member still leads, for
 * what arrived meanwhile may have deposed it already.
 */
import type { Clock, Logger } from "../ports/index.ts";
import type { Wal } from "../wal/index.ts";

export interface StallGuardParts {
  readonly clock: Pick<Clock, "nowMs">;
  readonly log: Logger;
  readonly electionMs: number;
  isLeader(): boolean;
  /** Whether there is another voter to lead. */
  hasSuccessor(): boolean;
  /** Hands leadership to another member; the outcome shows by itself. */
  giveAway(): void;
}

export class StallGuard {
  readonly #parts: StallGuardParts;
  #lastTickMs: number;
  /** Appends that the disk has not finished, and since when it has finished none of them. */
  #appends = 0;
  #appendsSinceMs = 0;
  #loopStalled = false;
  #triedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: StallGuardParts) {
    this.#parts = parts;
    this.#lastTickMs = parts.clock.nowMs();
  }

  /** The log with its appends timed. */
  watch(wal: Pick<Wal, "append">): Pick<Wal, "append"> {
    return {
      append: (batch, done) => {
        if (this.#appends++ === 0) this.#appendsSinceMs = this.#parts.clock.nowMs();
        wal.append(batch, (error) => {
          this.#appends--;
          this.#appendsSinceMs = this.#parts.clock.nowMs();
          done(error);
        });
      },
    };
  }

  /** Looks for stalls; called with every tick. */
  tick(): void {
    const nowMs = this.#parts.clock.nowMs();
    const pausedMs = nowMs - this.#lastTickMs;
    this.#lastTickMs = nowMs;
    if (pausedMs > this.#parts.electionMs) {
      // What the disk finished meanwhile has not been told yet either.
      this.#appendsSinceMs = nowMs;
      this.#loopStalled = true;
      return;
    }
    const reason = this.#reason(nowMs);
    this.#loopStalled = false;
    if (reason !== undefined && this.#parts.isLeader()) this.#giveAway(reason, nowMs);
  }

  #reason(nowMs: number): string | undefined {
    if (this.#loopStalled) return "the event loop stalled";
    const isStuck = this.#appends > 0 && nowMs - this.#appendsSinceMs > this.#parts.electionMs;
    return isStuck ? "the disk does not finish writing the log" : undefined;
  }

  #giveAway(reason: string, nowMs: number): void {
    const { log, electionMs, hasSuccessor, giveAway } = this.#parts;
    if (nowMs - this.#triedMs < electionMs) return;
    this.#triedMs = nowMs;
    if (!hasSuccessor()) return log.warn("the only voting member cannot serve in time", { reason });
    log.warn("leader gives leadership away, because it cannot lead in time", { reason });
    giveAway();
  }
}
