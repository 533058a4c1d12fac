/**
 * `--initial-election-tick-advance`: a member that starts and finds others, but no leader, need not wait a whole election
 * timeout before it stands. Once two peers are connected its timeout is moved forward to two ticks before the end, which leaves
 * a leader time to make itself heard. A member that finds nobody for five seconds waits as usual.
 */
import type { Membership } from "../membership/index.ts";
import type { Clock, Logger, PeerNetwork, Timer } from "../ports/index.ts";
import { electionTicks, type MemberOptions } from "./member-options.ts";

const lookEveryMs = 50;
const looksMax = 100;
/** Peers that must be connected; fewer say little about whether a leader can be heard. */
const peersMin = 2;
const ticksLeft = 2;

/** What the first election needs of the member. */
export interface FirstElectionParts {
  readonly memberId: bigint;
  readonly membership: Pick<Membership, "members">;
  readonly network: Pick<PeerNetwork, "activeSinceMs">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly options: Pick<MemberOptions, "initialElectionTickAdvance" | "electionMs" | "heartbeatMs">;
  leaderId(): bigint;
  /** Lets a tick of raft's time pass. */
  tick(): void;
}

export class FirstElection {
  readonly #parts: FirstElectionParts;
  #timer: Timer | undefined;
  #looks = 0;

  constructor(parts: FirstElectionParts) {
    this.#parts = parts;
  }

  /** Begins to look for peers; called once. */
  start(): void {
    if (this.#parts.options.initialElectionTickAdvance === true) this.#lookLater();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #lookLater(): void {
    if (this.#looks++ >= looksMax) return;
    this.#timer = this.#parts.clock.setTimer(lookEveryMs, () => this.#look());
  }

  #look(): void {
    const { leaderId, options, log, tick } = this.#parts;
    if (leaderId() !== 0n) return;
    const active = this.#activePeers();
    if (active < peersMin) return this.#lookLater();
    const ticks = Math.max(0, electionTicks(options) - ticksLeft);
    log.info("initialized peer connections; fast-forwarding election ticks", {
      "forward-ticks": ticks,
      "active-remote-members": active,
    });
    for (let i = 0; i < ticks && leaderId() === 0n; i++) tick();
  }

  #activePeers(): number {
    const { membership, memberId, network } = this.#parts;
    const others = membership.members.filter(({ id }) => id !== memberId);
    return others.filter(({ id }) => network.activeSinceMs(id) !== undefined).length;
  }
}
