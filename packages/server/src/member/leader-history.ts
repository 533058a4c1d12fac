/**
 * Remembers since when the present leader is known, or none is. From it follows why a request may have timed out (the reasons
 * and where each holds are etcd's: clients and operators read them), and when streams that need a leader have waited enough.
 */
import { type EtcdError, etcdError, grpcCodes } from "@etcd-ts/proto";
import type { Membership } from "../membership/index.ts";
import type { Clock, PeerNetwork } from "../ports/index.ts";

/** Election timeouts without a leader after which streams that need one are ended, as in etcd. */
const missingElections = 3;

/** What is known of the leader and of the connections. */
export interface LeaderHistoryParts {
  readonly memberId: bigint;
  readonly membership: Pick<Membership, "members">;
  readonly network: Pick<PeerNetwork, "activeSinceMs">;
  readonly clock: Pick<Clock, "nowMs">;
  readonly electionMs: number;
  /** Whether a request that found no leader fails with the code that 3.4 gave it. */
  readonly unknownDeadlines?: boolean | undefined;
  /** 0n while there is none. */
  leaderId(): bigint;
}

/** A request whose time is over. */
export interface TimedOutRequest {
  readonly startedMs: number;
  /** Whether it was handed to the consensus core: while there is no leader it is not. */
  readonly wasProposed: boolean;
}

export class LeaderHistory {
  readonly #parts: LeaderHistoryParts;
  readonly #missingListeners = new Set<() => void>();
  #electedMs = Number.NEGATIVE_INFINITY;
  /** Since when there is no leader. */
  #lostMs: number | undefined;
  #isMissing = false;

  constructor(parts: LeaderHistoryParts) {
    this.#parts = parts;
  }

  /** A leader became known that was not the leader the moment before. */
  elected(): void {
    this.#electedMs = this.#parts.clock.nowMs();
  }

  /** Calls back each time the cluster has had no leader for three election timeouts; returns what ends that. */
  onMissing(run: () => void): () => void {
    this.#missingListeners.add(run);
    return () => this.#missingListeners.delete(run);
  }

  /** Looks whether there is a leader; called with every tick. */
  tick(): void {
    const { clock, electionMs, leaderId } = this.#parts;
    if (leaderId() !== 0n) {
      this.#lostMs = undefined;
      this.#isMissing = false;
      return;
    }
    this.#lostMs ??= clock.nowMs();
    if (this.#isMissing || clock.nowMs() - this.#lostMs < missingElections * electionMs) return;
    this.#isMissing = true;
    for (const run of [...this.#missingListeners]) run();
  }

  /** The error for a request that was waited for in vain. */
  timeoutError({ startedMs, wasProposed }: TimedOutRequest): EtcdError {
    const { electionMs, leaderId, unknownDeadlines } = this.#parts;
    const leader = leaderId();
    if (!wasProposed && leader === 0n)
      return etcdError("contextDeadlineExceeded", unknownDeadlines === true ? { grpc: grpcCodes.unknown } : {});
    // The one before was lost about two election timeouts before its successor was known.
    if (startedMs > this.#electedMs - 2 * electionMs && startedMs < this.#electedMs)
      return etcdError("timeoutDueToLeaderFail");
    return etcdError(leader === 0n || this.#wasConnected(leader, startedMs) ? "timeout" : "timeoutDueToConnectionLost");
  }

  /** Whether this member could have reached the leader all the time; as leader: a quorum. */
  #wasConnected(leader: bigint, sinceMs: number): boolean {
    const { memberId, membership, network } = this.#parts;
    const isConnected = (id: bigint) => (network.activeSinceMs(id) ?? Number.POSITIVE_INFINITY) < sinceMs;
    if (leader !== memberId) return isConnected(leader);
    const { members } = membership;
    const count = members.filter(({ id }) => id === memberId || isConnected(id)).length;
    return count >= Math.floor(members.length / 2) + 1;
  }
}
