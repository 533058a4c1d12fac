/**
 * The leader's part of leases: proposes the revocation of expired leases and the checkpoints of long ones. Time is
 * looked at here only; what follows from it goes through the log, so every member revokes at the same revision.
 *
 * Bounds: at most `revokesPerRoundMax` revocations are proposed in a round, one round each `intervalMs`, as in etcd.
 */
import { LeaseCheckpointRequest, LeaseRevokeRequest } from "@etcd-ts/proto";
import type { Lessor } from "../lease/index.ts";
import type { Clock, Timer } from "../ports/index.ts";

const intervalMs = 500;
const revokesPerRoundMax = 500;
const checkpointsPerRoundMax = 500;

/** What expiring leases needs of the member. */
export interface LeaseKeeperParts {
  readonly clock: Clock;
  readonly lessor: Lessor;
  /** Asks a quorum whether this member still leads. */
  confirmLeadership(done: (leads: boolean) => void): void;
  proposeRevoke(request: Uint8Array): void;
  proposeCheckpoint(request: Uint8Array): void;
}

export class LeaseKeeper {
  readonly #parts: LeaseKeeperParts;
  #timer: Timer | undefined;
  /** Counts the times this member began or ceased to lead. */
  #epoch = 0;

  constructor(parts: LeaseKeeperParts) {
    this.#parts = parts;
  }

  /** Begins when this member becomes leader; `extendMs` keeps leases alive for the time an election took. */
  lead(extendMs: number): void {
    this.#epoch++;
    this.#parts.lessor.promote(extendMs);
    this.#timer ??= this.#parts.clock.setTimer(intervalMs, () => this.#round());
  }

  /** Ends when leadership is lost, and at stop. */
  follow(): void {
    this.#epoch++;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#parts.lessor.demote();
  }

  #round(): void {
    const nowMs = this.#parts.clock.nowMs();
    this.#revoke(this.#parts.lessor.expired(nowMs, revokesPerRoundMax));
    const due = this.#parts.lessor.dueCheckpoints(nowMs, checkpointsPerRoundMax);
    if (due.length > 0) {
      const checkpoints = due.map(({ id, remainingTtl }) => ({ id, remainingTtl }));
      this.#parts.proposeCheckpoint(LeaseCheckpointRequest.encode(LeaseCheckpointRequest.create({ checkpoints })));
    }
    this.#timer = this.#parts.clock.setTimer(intervalMs, () => this.#round());
  }

  /**
   * A leader that was deposed without noticing it, after a pause of its process for example, would revoke leases that their
   * holders have renewed at the new leader (etcd-io/etcd#15247): so the quorum is asked first. One that was deposed and elected
   * again meanwhile has extended its leases. Ids that are not revoked are named again after a pause.
   */
  #revoke(ids: readonly bigint[]): void {
    if (ids.length === 0) return;
    const epoch = this.#epoch;
    this.#parts.confirmLeadership((leads) => {
      if (!leads || epoch !== this.#epoch) return;
      for (const id of ids) this.#parts.proposeRevoke(LeaseRevokeRequest.encode(LeaseRevokeRequest.create({ id })));
    });
  }
}
