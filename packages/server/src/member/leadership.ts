/**
 * Handing leadership over: because an operator asks for it, or because this member is about to stop or to be removed. The transfer is
 * the consensus core's; here it is waited for.
 */
import { etcdError } from "@etcd-ts/proto";
import type { Status } from "@etcd-ts/raft";
import { formatId, type Membership } from "../membership/index.ts";
import type { Clock, Logger, PeerNetwork } from "../ports/index.ts";

const lookEveryMs = 20;
/** Successors that are tried when leadership is given away. */
const triesMax = 2;

/** What handing leadership over needs of the member. */
export interface LeadershipParts {
  readonly memberId: bigint;
  readonly membership: Pick<Membership, "member" | "voters">;
  readonly network: Pick<PeerNetwork, "activeSinceMs">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly timeoutMs: number;
  readonly electionMs: number;
  leaderId(): bigint;
  /** The consensus core's view: on the leader with the progress of everybody. */
  status(): Pick<Status, "commit" | "progress">;
  transfer(target: bigint): void;
}

export class Leadership {
  readonly #parts: LeadershipParts;
  #giving: Promise<void> | undefined;
  #lastFailed: bigint | undefined;

  constructor(parts: LeadershipParts) {
    this.#parts = parts;
  }

  /** Moves leadership to a voter; the error says why it did not move. */
  async moveTo(target: bigint): Promise<Error | undefined> {
    const { memberId, membership, leaderId } = this.#parts;
    if (leaderId() !== memberId) return etcdError("notLeader");
    const member = membership.member(target);
    if (member === undefined || member.isLearner) return etcdError("badLeaderTransferee");
    return this.#move(target, this.#parts.timeoutMs);
  }

  /**
   * Gives leadership away, before a stop or because this member cannot lead well: to a voter that holds everything committed
   * and has been connected longest; when none holds everything, to the one that holds most.
   */
  giveAway(): Promise<void> {
    this.#giving ??= this.#giveAway().finally(() => {
      this.#giving = undefined;
    });
    return this.#giving;
  }

  /**
   * Takes leadership from a member that is to be removed, if it leads: once the others know of the removal they do not listen to it any
   * more, so that an election timeout would pass. Whoever is asked to remove another takes it over itself. Not moving is no error.
   */
  async release(id: bigint): Promise<void> {
    const { memberId, membership, clock, electionMs, leaderId, transfer } = this.#parts;
    if (leaderId() !== id) return;
    if (id === memberId) return this.giveAway();
    if (!membership.voters.some((voter) => voter.id === memberId)) return;
    const startedMs = clock.nowMs();
    transfer(memberId);
    while (leaderId() !== memberId && clock.nowMs() - startedMs < electionMs)
      await new Promise<void>((resolve) => clock.setTimer(lookEveryMs, resolve));
  }

  async #giveAway(): Promise<void> {
    const { memberId, leaderId, membership, log, electionMs } = this.#parts;
    for (let tries = 0; tries < triesMax && leaderId() === memberId && membership.voters.length > 1; tries++) {
      const target = this.#successor();
      // A transfer that takes longer than an election timeout is given up by the consensus core.
      const error = target === undefined ? etcdError("unhealthy") : await this.#move(target, electionMs);
      this.#lastFailed = error === undefined ? undefined : target;
      if (error !== undefined) log.warn("leadership transfer failed", { error: error.message });
      if (target === undefined) return;
    }
  }

  async #move(target: bigint, limitMs: number): Promise<Error | undefined> {
    const { clock, log, network, leaderId, transfer, memberId } = this.#parts;
    if (target === memberId) return undefined;
    const startedMs = clock.nowMs();
    const ids = { "current-leader-member-id": formatId(leaderId()), "transferee-member-id": formatId(target) };
    log.info("leadership transfer starting", ids);
    transfer(target);
    while (leaderId() !== target) {
      const isGone = network.activeSinceMs(target) === undefined;
      if (isGone || clock.nowMs() - startedMs >= limitMs) return etcdError("timeoutLeaderTransfer");
      await new Promise<void>((resolve) => clock.setTimer(lookEveryMs, resolve));
    }
    log.info("leadership transfer finished", { ...ids, "took-ms": Math.round(clock.nowMs() - startedMs) });
    return undefined;
  }

  #successor(): bigint | undefined {
    const { membership, memberId, network, status } = this.#parts;
    const { commit, progress } = status();
    const candidates: Candidate[] = [];
    for (const { id } of membership.voters) {
      const sinceMs = id === memberId ? undefined : network.activeSinceMs(id);
      const match = progress.get(id)?.match;
      if (sinceMs !== undefined && match !== undefined)
        candidates.push({ id, sinceMs, heldIndex: Math.min(match, commit) });
    }
    candidates.sort(byFitness);
    // After an attempt that failed it is another one's turn.
    return (candidates.find(({ id }) => id !== this.#lastFailed) ?? candidates[0])?.id;
  }
}

interface Candidate {
  readonly id: bigint;
  readonly sinceMs: number;
  /** How much of what is committed it holds. */
  readonly heldIndex: number;
}

function byFitness(left: Candidate, right: Candidate): number {
  return right.heldIndex - left.heldIndex || left.sinceMs - right.sinceMs;
}
