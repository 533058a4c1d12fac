/**
 * A member's dealings with the others: what they send and ask, changes of the membership, leases counted down elsewhere,
 * leadership handed over, the cluster's version. The member itself holds the state; here is only what needs a network.
 */
import { etcdError } from "@etcd-ts/proto";
import type { ConfChange, Message, Status } from "@etcd-ts/raft";
import type { ReadonlyMember } from "../membership/index.ts";
import type { PeerNetwork, Timer } from "../ports/index.ts";
import { EarlyElection } from "./early-election.ts";
import { ElectionRetry } from "./election-retry.ts";
import { FirstElection } from "./first-election.ts";
import { HeartbeatPace } from "./heartbeat-pace.ts";
import { LeaderHistory } from "./leader-history.ts";
import { Leadership } from "./leadership.ts";
import { LeaseCalls } from "./lease-calls.ts";
import type { Member } from "./member.ts";
import type { MemberCounters } from "./member-metrics.ts";
import type { MemberPorts } from "./member-options.ts";
import { MemberPeers } from "./member-peers.ts";
import { type ChangeOutcome, MembershipChanges } from "./membership-changes.ts";
import { answerPeer } from "./peer-requests.ts";
import type { PendingRequests } from "./pending-requests.ts";
import { proposeVersion } from "./publish.ts";
import type { RaftDriver } from "./raft-driver.ts";
import { VersionMonitor } from "./version-monitor.ts";

const versionPollMs = 5;
/** Between the removal of this member and its stop: the others have to hear that the removal is committed. */
const removalDelayMs = 1_000;

/** What dealing with the others needs of the member. */
export interface MemberClusterParts {
  readonly member: Member;
  readonly ports: Pick<MemberPorts, "clock" | "random" | "log">;
  readonly network: PeerNetwork;
  readonly driver: RaftDriver;
  readonly pending: PendingRequests;
  readonly counters: MemberCounters;
  readonly timeoutMs: number;
  status(): Status;
  nextId(): bigint;
  receiveSnapshot(message: Message, content: AsyncIterable<Uint8Array>): Promise<void>;
  onSnapshotSent(to: bigint): void;
  onRemoved(): void;
}

export class MemberCluster {
  readonly changes: MembershipChanges;
  readonly leases: LeaseCalls;
  readonly leadership: Leadership;
  /** Who led since when, and what that means for requests that timed out. */
  readonly leaders: LeaderHistory;
  readonly #parts: MemberClusterParts;
  readonly #peers: MemberPeers;
  readonly #versions: VersionMonitor;
  readonly #pace: HeartbeatPace;
  readonly #firstElection: FirstElection;
  readonly #earlyElection: EarlyElection;
  readonly #electionRetry: ElectionRetry;
  #removal: Timer | undefined;

  constructor(parts: MemberClusterParts) {
    this.#parts = parts;
    const { member, driver } = parts;
    const shared = sharedParts(parts);
    this.#peers = this.#createPeers();
    this.changes = new MembershipChanges({
      ...shared,
      strict: member.options.strictReconfigCheck,
      counters: parts.counters,
      status: () => parts.status(),
      releaseLeadership: (id) => this.leadership.release(id),
      configure: (change) => this.#configure(change),
    });
    this.leases = new LeaseCalls({
      ...shared,
      lessor: member.lessor,
      confirmLeadership: () => leadershipConfirmed(member),
      proposeCheckpoint: (request, done) => member.propose("leaseCheckpoint", request, done),
    });
    this.leadership = new Leadership({
      ...shared,
      electionMs: member.options.electionMs,
      status: () => parts.status(),
      transfer: (target) => void driver.run((node) => node.transferLeader(target)),
    });
    const { heartbeatMs, electionMs, unknownDeadlines } = member.options;
    this.leaders = new LeaderHistory({ ...shared, electionMs, unknownDeadlines });
    this.#pace = new HeartbeatPace({ ...shared, heartbeatMs, failures: parts.counters.heartbeatSendFailures });
    this.#versions = new VersionMonitor({
      ...shared,
      version: member.options.version,
      propose: (version) => proposeVersion(member, version),
    });
    const standing = {
      ...shared,
      random: parts.ports.random,
      options: member.options,
      campaign: () => void driver.run((node) => node.campaign()),
    };
    this.#earlyElection = new EarlyElection({
      ...standing,
      forgetLeader: () => void driver.run((node) => node.forgetLeader()),
    });
    const mayStand = () => member.membership.voters.some(({ id }) => id === member.memberId);
    this.#electionRetry = new ElectionRetry({ ...standing, mayStand });
    this.#firstElection = new FirstElection({
      ...shared,
      options: member.options,
      tick: () => void driver.run((node) => node.tick()),
    });
  }

  /** Begins to talk to the members that are known. */
  start(known: readonly ReadonlyMember[]): void {
    this.#peers.start(known);
    this.#versions.look();
    this.#firstElection.start();
    if (this.#parts.member.options.forceNewCluster !== true) this.#leaveIfRemoved();
  }

  stop(): void {
    this.#firstElection.stop();
    this.#earlyElection.stop();
    this.#electionRetry.stop();
    this.#versions.stop();
    this.#removal?.cancel();
  }

  /** Sends to another member; may drop, never blocks. */
  send(message: Message): void {
    this.#pace.sending(message);
    this.#parts.network.send(message);
  }

  /** This member has become leader. */
  lead(): void {
    this.#pace.reset();
    this.#versions.look();
  }

  /** The leader, this member's role or its term has changed. */
  leaderChanged(): void {
    this.#electionRetry.changed();
  }

  /** The membership has changed from `before`. */
  follow(before: readonly ReadonlyMember[]): void {
    this.#peers.follow(before);
    this.#leaveIfRemoved();
  }

  #leaveIfRemoved(): void {
    const { member } = this.#parts;
    if (member.membership.isRemoved(member.memberId)) {
      this.#removed("the member has been permanently removed from the cluster");
    }
  }

  /** Resolves when the cluster has agreed on a version. */
  async versionDecided(): Promise<void> {
    const { member, ports } = this.#parts;
    while (member.membership.clusterVersion === undefined && member.failure === undefined && !member.stopping) {
      await new Promise<void>((resolve) => ports.clock.setTimer(versionPollMs, resolve));
    }
  }

  #removed(reason: string): void {
    if (this.#removal !== undefined) return;
    const { member, ports, onRemoved } = this.#parts;
    ports.log.warn(reason, { "data-dir": member.options.dataDir, advice: "remove the data directory" });
    this.#removal = ports.clock.setTimer(removalDelayMs, onRemoved);
  }

  /**
   * Proposes a membership change and waits for its outcome. Whoever hears of it may throw away the disk of a member that was
   * removed. If a power cut then took the commit index from the one that is left, it would wait for that member's vote for ever.
   */
  #configure(change: Omit<ConfChange, "id">): Promise<ChangeOutcome> {
    const { member, driver, pending, ports, nextId } = this.#parts;
    if (member.failure !== undefined || member.stopping) return Promise.resolve(etcdError("stopped"));
    const id = nextId();
    return new Promise((resolve) => {
      const done = (error: Error | undefined, response: unknown) =>
        // The core takes the next change only when this one counts as applied, which is at the end of this turn.
        member.endOfTurn(() => {
          if (error !== undefined) resolve(error);
          else driver.syncCommit((ok) => resolve(ok ? (response as readonly ReadonlyMember[]) : etcdError("stopped")));
        });
      pending.add(id, { done, nowMs: ports.clock.nowMs() });
      this.#propose({ ...change, id });
    });
  }

  /** Tries until there is a leader that takes it, or the wait is given up. */
  #propose(change: ConfChange): void {
    const { driver, pending, ports, member } = this.#parts;
    if (!pending.has(change.id) || driver.run((node) => node.proposeConfChange(change)) === "accepted") return;
    ports.clock.setTimer(member.options.heartbeatMs, () => this.#propose(change));
  }

  #createPeers(): MemberPeers {
    const { member, network, driver, receiveSnapshot, onSnapshotSent } = this.#parts;
    return new MemberPeers({
      memberId: member.memberId,
      network,
      membership: member.membership,
      driver,
      answer: (request) => answerPeer(member, request),
      receiveSnapshot,
      onGone: (id) => this.#earlyElection.gone(id),
      onSnapshotSent,
      onRemoved: () =>
        this.#removed("other members say that this member has been permanently removed from the cluster"),
    });
  }
}

/** What the parts have in common. */
function sharedParts({ member, network, ports, timeoutMs }: MemberClusterParts) {
  return {
    memberId: member.memberId,
    membership: member.membership,
    network,
    clock: ports.clock,
    log: ports.log,
    timeoutMs,
    leaderId: () => member.leaderId,
    isLeader: () => member.isLeader,
  };
}

/** A linearizable read is answered on a leader only when the quorum confirmed it. */
function leadershipConfirmed(member: Member): Promise<boolean> {
  if (!member.isLeader) return Promise.resolve(false);
  return new Promise((resolve) => member.linearizableRead((error) => resolve(error === undefined && member.isLeader)));
}
