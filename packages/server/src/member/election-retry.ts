/**
 * An election that nobody won is held again soon. Votes get split, and a first survivor's pre-vote is refused by those for whom the
 * old leader's time is not over yet; the consensus core alone then waits a whole election timeout before anybody stands again, and
 * nobody can write meanwhile. So a member that knows no leader stands anew after a short random time, a few times.
 *
 * That is safe because it asks by pre-vote: members that hear a leader refuse, and no term is spent. Every change of term starts the
 * time anew, so that an election under way is not disturbed by those who have just voted in it.
 * Bound: `triesMax` without a leader; then the core's own timeouts go on.
 */
import type { Clock, Random, Timer } from "../ports/index.ts";
import type { MemberOptions } from "./member-options.ts";

/** Parts of an election timeout: an election takes about a quarter of one on the slowest network that is right for it. */
const waitPerElectionMin = 0.2;
const waitPerElectionSpread = 0.25;
const triesMax = 8;

/** What standing again needs of the member. */
export interface ElectionRetryParts {
  readonly clock: Pick<Clock, "setTimer">;
  readonly random: Pick<Random, "below">;
  readonly options: Pick<MemberOptions, "electionMs" | "preVote">;
  /** 0n while there is none. */
  leaderId(): bigint;
  /** Whether this member is a voter. */
  mayStand(): boolean;
  campaign(): void;
}

export class ElectionRetry {
  readonly #parts: ElectionRetryParts;
  #timer: Timer | undefined;
  #tries = 0;

  constructor(parts: ElectionRetryParts) {
    this.#parts = parts;
  }

  /** The leader, the role or the term has changed. */
  changed(): void {
    this.stop();
    if (this.#parts.leaderId() !== 0n) this.#tries = 0;
    else if (this.#parts.options.preVote) this.#standLater();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #standLater(): void {
    const { clock, random, options } = this.#parts;
    if (this.#tries >= triesMax) return;
    const spreadMs = Math.max(1, Math.floor(options.electionMs * waitPerElectionSpread));
    const waitMs = options.electionMs * waitPerElectionMin + random.below(spreadMs);
    this.#timer = clock.setTimer(waitMs, () => this.#stand());
  }

  #stand(): void {
    const { leaderId, mayStand, campaign } = this.#parts;
    this.#timer = undefined;
    if (leaderId() !== 0n) return;
    this.#tries++;
    if (mayStand()) campaign();
    // Standing again as a pre-candidate changes neither role nor term.
    if (this.#timer === undefined && leaderId() === 0n) this.#standLater();
  }
}
