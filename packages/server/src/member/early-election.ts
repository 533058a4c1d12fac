/**
 * A leader whose process has ended need not be waited for. Where its machine answers that nobody listens any more, a follower
 * forgets it, so that it may vote for others, and stands for election itself after a short random time.
 *
 * That the leader is gone is a guess. If it is wrong, pre-vote keeps the peace: members that still hear the leader refuse,
 * and a message of the leader within the random time calls the election off. Without pre-vote nothing is done early.
 */

import { formatId } from "../membership/index.ts";
import type { Clock, Logger, Random, Timer } from "../ports/index.ts";
import type { MemberOptions } from "./member-options.ts";

/** Part of an election timeout within which the survivors stand, each at its own time so that votes do not split. */
const spreadPerElection = 0.1;

/** What an early election needs of the member. */
export interface EarlyElectionParts {
  readonly memberId: bigint;
  readonly clock: Pick<Clock, "setTimer">;
  readonly random: Pick<Random, "below">;
  readonly log: Logger;
  readonly options: Pick<MemberOptions, "electionMs" | "preVote">;
  /** 0n while there is none. */
  leaderId(): bigint;
  forgetLeader(): void;
  campaign(): void;
}

export class EarlyElection {
  readonly #parts: EarlyElectionParts;
  #timer: Timer | undefined;

  constructor(parts: EarlyElectionParts) {
    this.#parts = parts;
  }

  /** A peer's process seems to have ended. */
  gone(id: bigint): void {
    const { memberId, leaderId, options, clock, random, log, forgetLeader } = this.#parts;
    if (id !== leaderId() || id === memberId || !options.preVote || this.#timer !== undefined) return;
    log.info("nobody listens at the leader's address; not waiting for it", { "leader-member-id": formatId(id) });
    forgetLeader();
    const waitMs = random.below(Math.max(1, Math.floor(options.electionMs * spreadPerElection)));
    this.#timer = clock.setTimer(waitMs, () => this.#stand());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #stand(): void {
    this.#timer = undefined;
    if (this.#parts.leaderId() === 0n) this.#parts.campaign();
  }
}
