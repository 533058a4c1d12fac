/**
 * Changes of the membership as operators ask for them: checked against what is known here, proposed, and answered with the
 * members that follow. The checks protect the quorum (`--strict-reconfig-check`) and only refuse; whether a change still
 * holds is decided again, alike on every member, when it is applied.
 */
import { type EtcdError, type EtcdErrorCode, errorCodeOfText, etcdError } from "@etcd-ts/proto";
import { type ConfChange, ConfChangeType, noBytes, type Status } from "@etcd-ts/raft";
import {
  canAddVoter,
  canConnectTo,
  canPromote,
  canRemoveVoter,
  computeMemberId,
  decodeMembers,
  encodeConfigChangeContext,
  encodeMember,
  formatId,
  type Membership,
  parseUrls,
  type ReadonlyMember,
} from "../membership/index.ts";
import type { Clock, Logger, PeerAnswer, PeerNetwork } from "../ports/index.ts";
import type { MemberCounters } from "./member-metrics.ts";

/** A peer counts as connected when it has been for this long. */
const healthIntervalMs = 5_000;
/** A learner is in sync when it holds this share of the leader's log. */
const readyShare = 0.9;
const promoteRetryMs = 100;

/** The members after the change, or why there was none. */
export type ChangeOutcome = readonly ReadonlyMember[] | Error;

/** What changing the membership needs of the member. */
export interface MembershipChangesParts {
  readonly memberId: bigint;
  readonly membership: Pick<Membership, "member" | "members" | "voters">;
  readonly network: Pick<PeerNetwork, "activeSinceMs" | "request">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly counters: Pick<MemberCounters, "learnerPromoteSuccesses" | "learnerPromoteFailures">;
  readonly strict: boolean;
  readonly timeoutMs: number;
  status(): Status;
  leaderId(): bigint;
  /** Sees to it that a member that is to be removed does not lead; resolves whether or not that worked. */
  releaseLeadership(id: bigint): Promise<void>;
  /** Proposes the change and waits until it was applied or given up. */
  configure(change: Omit<ConfChange, "id">): Promise<ChangeOutcome>;
}

export class MembershipChanges {
  readonly #parts: MembershipChangesParts;

  constructor(parts: MembershipChangesParts) {
    this.#parts = parts;
  }

  /** Adds a member that has not been started yet. */
  async add(request: {
    readonly peerUrls: readonly string[];
    readonly isLearner: boolean;
  }): Promise<{ readonly member: ReadonlyMember; readonly members: readonly ReadonlyMember[] } | Error> {
    const urls = parseUrls(request.peerUrls);
    if (!urls.ok || !urls.value.every(canConnectTo)) return etcdError("memberBadUrls");
    const peerUrls = urls.value.map((url) => url.text);
    const { clock } = this.#parts;
    const id = computeMemberId(peerUrls, { token: "", unixSeconds: clock.wallMs() / 1000 });
    const member = { id, name: "", peerUrls, clientUrls: [], isLearner: request.isLearner };
    const refusal = this.#mayAdd(member);
    if (refusal !== undefined) return this.#refuse("rejecting member add request", refusal);
    const type = member.isLearner ? ConfChangeType.addLearnerNode : ConfChangeType.addNode;
    const members = await this.#parts.configure({ type, nodeId: id, context: encodeMember(member) });
    return members instanceof Error ? members : { member, members };
  }

  /** Removes a member for good. */
  async remove(id: bigint): Promise<ChangeOutcome> {
    const refusal = this.#mayRemove(id);
    if (refusal !== undefined) return this.#refuse("rejecting member remove request", refusal);
    await this.#parts.releaseLeadership(id);
    return this.#parts.configure({ type: ConfChangeType.removeNode, nodeId: id, context: noBytes });
  }

  /** Changes where a member is reached. */
  async update(id: bigint, peerUrls: readonly string[]): Promise<ChangeOutcome> {
    const urls = parseUrls(peerUrls);
    if (!urls.ok || !urls.value.every(canConnectTo)) return etcdError("memberBadUrls");
    // What is stored is what was checked: without blanks around it.
    const member = { id, name: "", peerUrls: peerUrls.map((url) => url.trim()), clientUrls: [], isLearner: false };
    return this.#parts.configure({ type: ConfChangeType.updateNode, nodeId: id, context: encodeMember(member) });
  }

  /** Makes a learner a voter; only the leader knows whether it is ready, so another member asks it. */
  async promote(id: bigint): Promise<ChangeOutcome> {
    const { clock, timeoutMs } = this.#parts;
    const deadlineMs = clock.nowMs() + timeoutMs;
    while (clock.nowMs() < deadlineMs) {
      const outcome = await this.promoteHere(id);
      if (!isNotLeader(outcome)) return outcome;
      const forwarded = await this.#forwardPromotion(id);
      if (forwarded !== undefined) return forwarded;
      await new Promise<void>((resolve) => clock.setTimer(promoteRetryMs, resolve));
    }
    return etcdError(this.#parts.leaderId() === 0n ? "noLeader" : "timeout");
  }

  /** The same, on the leader only. */
  async promoteHere(id: bigint): Promise<ChangeOutcome> {
    const outcome = await this.#promoteHere(id);
    const { learnerPromoteSuccesses, learnerPromoteFailures } = this.#parts.counters;
    if (!(outcome instanceof Error)) learnerPromoteSuccesses.inc();
    else if (!isNotLeader(outcome)) learnerPromoteFailures(outcome.message).inc();
    return outcome;
  }

  async #promoteHere(id: bigint): Promise<ChangeOutcome> {
    const refusal = this.#mayPromote(id);
    if (refusal !== undefined)
      return refusal.code === "notLeader" ? refusal : this.#refuse("rejecting promote learner", refusal);
    const member = { id, name: "", peerUrls: [], clientUrls: [], isLearner: false };
    const context = encodeConfigChangeContext({ member, isPromote: true });
    return this.#parts.configure({ type: ConfChangeType.addNode, nodeId: id, context });
  }

  async #forwardPromotion(id: bigint): Promise<ChangeOutcome | undefined> {
    const { network, leaderId } = this.#parts;
    try {
      const request = { method: "POST", path: `/members/promote/${id}`, body: noBytes } as const;
      return promotionOutcome(await network.request(leaderId(), request));
    } catch {
      // No leader, or it cannot be reached: the next try may find another.
      return undefined;
    }
  }

  #mayAdd(member: ReadonlyMember): EtcdError | undefined {
    const { strict, membership } = this.#parts;
    if (!strict) return undefined;
    if (!member.isLearner && !canAddVoter(membership.members)) return etcdError("memberNotEnoughStarted");
    const voters = membership.voters.length;
    // A cluster of one may always grow: nobody else could object.
    if (voters === 1 || this.#connectedCount() >= quorum(voters + 1)) return undefined;
    return etcdError("unhealthy");
  }

  #mayRemove(id: bigint): EtcdError | undefined {
    const { strict, membership, network, memberId } = this.#parts;
    if (!strict || membership.member(id)?.isLearner === true) return undefined;
    if (!canRemoveVoter(membership.members, id)) return etcdError("memberNotEnoughStarted");
    // One that is down is no part of the active quorum.
    if (id !== memberId && network.activeSinceMs(id) === undefined) return undefined;
    return this.#connectedCount() - 1 < quorum(membership.voters.length - 1) ? etcdError("unhealthy") : undefined;
  }

  #mayPromote(id: bigint): EtcdError | undefined {
    const { strict, membership, memberId, status } = this.#parts;
    const { progress } = status();
    const leader = progress.get(memberId);
    if (leader === undefined) return etcdError("notLeader");
    const learner = progress.get(id);
    if (learner === undefined) return etcdError("memberNotFound");
    if (learner.match < leader.match * readyShare) return etcdError("learnerNotReady");
    return strict && !canPromote(membership.members) ? etcdError("memberNotEnoughStarted") : undefined;
  }

  /** Voters, this member included, that have been connected for long enough. */
  #connectedCount(): number {
    return this.#parts.membership.voters.length - this.#unconnected().length;
  }

  /** The others. */
  #unconnected(): bigint[] {
    const { membership, memberId, network, clock } = this.#parts;
    const sinceMs = clock.nowMs() - healthIntervalMs;
    const isConnected = (id: bigint) => id === memberId || (network.activeSinceMs(id) ?? Infinity) < sinceMs;
    return membership.voters.map(({ id }) => id).filter((id) => !isConnected(id));
  }

  /** Whoever reads the log must be able to tell which member stands in the way, and whether it only has to wait. */
  #refuse(what: string, error: EtcdError): EtcdError {
    const { log, memberId, network, clock } = this.#parts;
    const connectedMs = (id: bigint) => {
      const sinceMs = network.activeSinceMs(id);
      return sinceMs === undefined ? "not connected" : `connected for ${Math.round(clock.nowMs() - sinceMs)} ms`;
    };
    const inTheWay = this.#unconnected().map((id) => `${formatId(id)}: ${connectedMs(id)}`);
    log.warn(what, { "local-member-id": formatId(memberId), error: error.text, "members-not-healthy": inTheWay });
    return error;
  }
}

function quorum(count: number): number {
  return Math.floor(count / 2) + 1;
}

function isNotLeader(outcome: ChangeOutcome): boolean {
  return outcome instanceof Error && "code" in outcome && outcome.code === "notLeader";
}

const promotionErrors: Readonly<Record<string, EtcdErrorCode>> = {
  "membership: ID not found": "memberNotFound",
  "membership: can only promote a learner member": "memberNotLearner",
};

/** What the leader said; undefined: ask again. */
function promotionOutcome({ status, body }: PeerAnswer): ChangeOutcome | undefined {
  const text = new TextDecoder().decode(body).trim();
  if (status === 200) {
    const members = decodeMembers(text);
    return members.ok ? members.value : undefined;
  }
  const code = promotionErrors[text] ?? errorCodeOfText(text);
  return code === undefined || code === "notLeader" ? undefined : etcdError(code);
}
