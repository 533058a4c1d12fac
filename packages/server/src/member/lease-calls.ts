/**
 * Renewals and remaining times of leases: only the leader counts them down, so every other member asks it.
 * Errors are etcd's; while there is no leader the question waits for one, within bounds.
 */
import {
  etcdError,
  LeaseCheckpointRequest,
  LeaseKeepAliveRequest,
  LeaseKeepAliveResponse,
  type LeaseTimeToLiveResponse,
  leasepb,
} from "@etcd-ts/proto";
import type { LeaseTimeToLive, Lessor } from "../lease/index.ts";
import type { Clock, PeerAnswer, PeerNetwork } from "../ports/index.ts";

const retryMs = 50;

/** What became of a renewal on the leader. */
export type RenewedHere = { readonly ttl: number } | "leaseNotFound" | "notLeader";

/** What calls about leases need of the member. */
export interface LeaseCallsParts {
  readonly lessor: Lessor;
  readonly network: Pick<PeerNetwork, "request">;
  readonly clock: Clock;
  readonly timeoutMs: number;
  leaderId(): bigint;
  isLeader(): boolean;
  /** Resolves to true when the quorum still follows this member: its view of leases is the one that counts. */
  confirmLeadership(): Promise<boolean>;
  proposeCheckpoint(request: Uint8Array, done: (error: Error | undefined) => void): void;
}

export class LeaseCalls {
  readonly #parts: LeaseCallsParts;

  constructor(parts: LeaseCallsParts) {
    this.#parts = parts;
  }

  /** Renews a lease, wherever it is counted down; 0 for a lease that is not there. */
  async renew(id: bigint): Promise<number | Error> {
    const body = LeaseKeepAliveRequest.encode({ id });
    return this.#atLeader(
      async () => {
        const renewed = await this.renewHere(id);
        if (renewed === "leaseNotFound") return 0;
        return renewed === "notLeader" ? undefined : renewed.ttl;
      },
      { path: "/leases", body },
      (answer) => (answer.status === 404 ? 0 : LeaseKeepAliveResponse.decode(answer.body).ttl),
    );
  }

  /**
   * Renews a lease that this member counts down, if it still leads: a deposed leader that has not noticed would find new
   * leases missing, and renew some that the new leader lets run out (etcd-io/etcd#15247, #20615).
   */
  async renewHere(id: bigint): Promise<RenewedHere> {
    if (!(await this.#parts.confirmLeadership())) return "notLeader";
    const renewal = this.#parts.lessor.keepAlive(id);
    if (renewal.outcome !== "renewed") return renewal.outcome;
    const { ttl, withdrawCheckpoint } = renewal;
    if (!withdrawCheckpoint) return { ttl };
    const checkpoint = LeaseCheckpointRequest.create({ checkpoints: [{ id, remainingTtl: 0 }] });
    return new Promise((resolve) => {
      this.#parts.proposeCheckpoint(LeaseCheckpointRequest.encode(checkpoint), (error) =>
        resolve(error === undefined ? { ttl } : "notLeader"),
      );
    });
  }

  /** What is left of a lease; `undefined` for one that is not there. */
  async timeToLive(id: bigint, options: { readonly keys: boolean }): Promise<LeaseTimeToLive | Error | undefined> {
    const request = { leaseTimeToLiveRequest: { id, keys: options.keys } };
    const found = await this.#atLeader<{ lease: LeaseTimeToLive | undefined }>(
      () => this.timeToLiveHere(id, options),
      { path: "/leases/internal", body: leasepb.LeaseInternalRequest.encode(request) },
      (answer) => ({ lease: answer.status === 404 ? undefined : leaseIn(answer) }),
    );
    return found instanceof Error ? found : found.lease;
  }

  /** The same, on the leader only; undefined elsewhere. */
  async timeToLiveHere(
    id: bigint,
    options: { readonly keys: boolean },
  ): Promise<{ readonly lease: LeaseTimeToLive | undefined } | undefined> {
    if (!(await this.#parts.confirmLeadership())) return undefined;
    return { lease: this.#parts.lessor.timeToLive(id, options) };
  }

  /** Tries here and at the leader until one of them answers. */
  async #atLeader<T>(
    here: () => Promise<T | undefined>,
    request: { readonly path: string; readonly body: Uint8Array },
    decode: (answer: PeerAnswer) => T,
  ): Promise<T | Error> {
    const { clock, timeoutMs, network } = this.#parts;
    const deadlineMs = clock.nowMs() + timeoutMs;
    while (clock.nowMs() < deadlineMs) {
      const own = this.#parts.isLeader() ? await here() : undefined;
      if (own !== undefined) return own;
      const leader = this.#parts.leaderId();
      if (leader !== 0n && !this.#parts.isLeader()) {
        const answer = await answerOrUndefined(network.request(leader, { method: "POST", ...request }), decode);
        if (answer !== undefined) return answer;
      }
      await new Promise<void>((resolve) => clock.setTimer(retryMs, resolve));
    }
    return etcdError(this.#parts.leaderId() === 0n ? "noLeader" : "timeout");
  }
}

/** What the leader said; undefined when it could not be reached, or said nothing that makes sense: the next try may find another. */
async function answerOrUndefined<T>(answer: Promise<PeerAnswer>, decode: (answer: PeerAnswer) => T) {
  try {
    const received = await answer;
    return received.status === 200 || received.status === 404 ? decode(received) : undefined;
  } catch {
    return undefined;
  }
}

function leaseIn({ body }: PeerAnswer): LeaseTimeToLive | undefined {
  const response: LeaseTimeToLiveResponse | undefined =
    leasepb.LeaseInternalResponse.decode(body).leaseTimeToLiveResponse;
  return response && { ttl: response.ttl, grantedTtl: response.grantedTtl, keys: response.keys };
}
