/**
 * Handing leadership over: because an operator asks for it, or because this member is about to stop. The transfer is
 * the consensus core's; here it is waited for.
 */
import { etcdError } from "@etcd-ts/proto";
import { formatId, type Membership } from "../membership/index.ts";
import type { Clock, Logger, PeerNetwork } from "../ports/index.ts";

const lookEveryMs = 20;

export interface LeadershipParts {
  readonly memberId: bigint;
  readonly membership: Membership;
  readonly network: Pick<PeerNetwork, "activeSinceMs">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly timeoutMs: number;
  leaderId(): bigint;
  transfer(target: bigint): void;
}

export class Leadership {
  readonly #parts: LeadershipParts;

  constructor(parts: LeadershipParts) {
    this.#parts = parts;
  }

  /** Moves leadership to a voter; the error says why it did not move. */
  async moveTo(target: bigint): Promise<Error | undefined> {
    const { memberId, membership, leaderId } = this.#parts;
    if (leaderId() !== memberId) return etcdError("notLeader");
    const member = membership.member(target);
    if (member === undefined || member.isLearner) return etcdError("badLeaderTransferee");
    return this.#move(target);
  }

  /** Before a stop: gives leadership to the voter that has been connected longest, if there is one. */
  async giveAway(): Promise<void> {
    const { memberId, leaderId, membership, log } = this.#parts;
    if (leaderId() !== memberId || membership.voters.length < 2) return;
    const target = this.#longestConnected();
    const error = target === undefined ? etcdError("unhealthy") : await this.#move(target);
    if (error !== undefined) log.warn("leadership transfer failed", { error: error.message });
  }

  async #move(target: bigint): Promise<Error | undefined> {
    const { clock, log, network, timeoutMs, leaderId, transfer, memberId } = this.#parts;
    if (target === memberId) return undefined;
    const startedMs = clock.nowMs();
    const ids = { "current-leader-member-id": formatId(leaderId()), "transferee-member-id": formatId(target) };
    log.info("leadership transfer starting", ids);
    transfer(target);
    while (leaderId() !== target) {
      const isGone = network.activeSinceMs(target) === undefined;
      if (isGone || clock.nowMs() - startedMs >= timeoutMs) return etcdError("timeoutLeaderTransfer");
      await new Promise<void>((resolve) => clock.setTimer(lookEveryMs, resolve));
    }
    log.info("leadership transfer finished", { ...ids, "took-ms": Math.round(clock.nowMs() - startedMs) });
    return undefined;
  }

  #longestConnected(): bigint | undefined {
    const { membership, memberId, network } = this.#parts;
    let longest: { id: bigint; sinceMs: number } | undefined;
    for (const { id } of membership.voters) {
      const sinceMs = id === memberId ? undefined : network.activeSinceMs(id);
      if (sinceMs !== undefined && (longest === undefined || sinceMs < longest.sinceMs)) longest = { id, sinceMs };
    }
    return longest?.id;
  }
}
