/**
 * One etcd member: owns the replicated state and the consensus core, and answers what the APIs ask. Everything that changes state
 * goes through `propose` and the log; everything that reads goes through `linearizableRead` or straight to the state.
 *
 * Invariants: an entry is applied once, in index order; an answer to a proposal is given only after its entry was committed and
 * applied; a linearizable read sees every write that was answered before it was asked for.
 */
import { etcdError, Request, type ResponseHeader, wrapInternalRequest } from "@etcd-ts/proto";
import { type BasicStatus, type Entry, MessageType, RawNode, Role, type Snapshot, type SoftState } from "@etcd-ts/raft";
import type { Alarms } from "../alarm/index.ts";
import { chooseLeaseId, type Lessor } from "../lease/index.ts";
import type { RequestField } from "../machine/index.ts";
import type { Membership, ReadonlyMember } from "../membership/index.ts";
import type { MvccStore } from "../mvcc/index.ts";
import type { WatchHub } from "../mvcc/watch/index.ts";
import type { Clock, Timer } from "../ports/index.ts";
import { isReadAlike, type V2Store } from "../v2/index.ts";
import { type AutoCompactor, autoCompactorOf } from "./auto-compactor.ts";
import { refusalOf } from "./back-pressure.ts";
import type { CommitPacer } from "./commit-pacer.ts";
import { createPersistence } from "./create-persistence.ts";
import { defragment } from "./defragment.ts";
import { EntryApplier } from "./entry-applier.ts";
import { founderPeers } from "./founder-peers.ts";
import { LeaderTasks } from "./leader-tasks.ts";
import { MemberCluster } from "./member-cluster.ts";
import { type MemberCounters, memberMetrics } from "./member-metrics.ts";
import type { MemberOptions } from "./member-options.ts";
import type { MemberParts, Proposed } from "./member-parts.ts";
import type { ProposalDone } from "./pending-requests.ts";
import { type Proposal, Proposer } from "./proposer.ts";
import { publishSelf } from "./publish.ts";
import { Quota } from "./quota.ts";
import { raftConfigOf } from "./raft-config.ts";
import { RaftDriver } from "./raft-driver.ts";
import type { ReadDone } from "./read-queue.ts";
import { ReadRounds } from "./read-rounds.ts";
import { RequestIds } from "./request-ids.ts";
import { SnapshotExchange } from "./snapshot-exchange.ts";
import type { Snapshotter } from "./snapshotter.ts";
import { SpaceAlarm } from "./space-alarm.ts";
import { StallGuard } from "./stall-guard.ts";
import type { StateReader } from "./state-reader.ts";

/** Most proposals, and most linearizable reads, that wait at a time. */
const waitingMax = 100_000;

export class Member {
  readonly options: MemberOptions;
  readonly store: MvccStore;
  readonly lessor: Lessor;
  readonly alarms: Alarms;
  readonly membership: Membership;
  readonly watchHub: WatchHub;
  readonly v2: V2Store;
  readonly quota: Quota;
  /** Reads the state as of one index while the member goes on. */
  readonly stateReader: StateReader;
  /** This member's dealings with the others. */
  readonly cluster: MemberCluster;
  readonly #parts: MemberParts;
  readonly #ids: RequestIds;
  readonly #driver: RaftDriver;
  readonly #proposer: Proposer;
  readonly #reads: ReadRounds;
  readonly #pacer: CommitPacer;
  readonly #snapshotter: Snapshotter;
  readonly #snapshots: SnapshotExchange;
  readonly #applier: EntryApplier;
  readonly #leaderTasks: LeaderTasks;
  readonly #autoCompactor: AutoCompactor;
  readonly #stalls: StallGuard;
  readonly #spaceAlarm = new SpaceAlarm(this);
  readonly #counters: MemberCounters;
  readonly #timeoutMs: number;
  #soft: SoftState = { leader: 0n, role: Role.follower };
  #term = 0;
  #leaderSinceMs = 0;
  #ticker: Timer | undefined;
  readonly #servingListeners = new Set<(serving: boolean) => void>();
  #failure: Error | undefined;
  #stopping = false;

  constructor(parts: MemberParts) {
    const { ports, options, storage, state } = parts;
    this.#parts = parts;
    this.options = options;
    this.store = state.store;
    this.lessor = state.lessor;
    this.alarms = state.alarms;
    this.membership = state.membership;
    this.watchHub = state.watchHub;
    this.v2 = state.v2;
    this.#timeoutMs = 5_000 + 2 * options.electionMs;
    const usedBytes = () => state.backend.sizeBytes + state.backend.stagedBytes;
    this.quota = new Quota({ quotaBytes: options.quotaBackendBytes, usedBytes });
    this.#ids = new RequestIds({ memberId: storage.identity.memberId, wallMs: ports.clock.wallMs() });
    this.#counters = memberMetrics(ports.metrics, this);
    const turns: Pick<Clock, "nowMs" | "endOfTurn"> = {
      nowMs: () => ports.clock.nowMs(),
      endOfTurn: (run) => this.#driver.atEndOfTurn(run),
    };
    this.#proposer = new Proposer(
      { clock: turns, ready: () => this.#takesProposals(), propose: (batch) => this.#proposeBatch(batch) },
      { timeoutMs: this.#timeoutMs, countMax: waitingMax },
    );
    this.#reads = new ReadRounds(
      {
        clock: turns,
        nonce: ports.random.uint64(),
        ask: (context) => void this.#driver.run((node) => node.readIndex(context)),
        onSlow: (rounds) => this.#counters.slowReadIndexes.inc(rounds),
        onFailed: (rounds) => this.#counters.readIndexesFailed.inc(rounds),
      },
      { timeoutMs: this.#timeoutMs, countMax: waitingMax },
    );
    const { pacer, snapshotter, reader } = createPersistence(parts, {
      counters: this.#counters,
      isSending: () => this.#snapshots.isSending,
      beforeSave: () => this.#driver.saveCommit(),
      onCommitted: () => this.#proposer.schedule(),
      onFatal: (error) => this.#fail(error),
    });
    [this.#pacer, this.stateReader] = [pacer, reader];
    this.#snapshotter = snapshotter;
    this.#applier = new EntryApplier({
      ...{ machine: state.machine, store: state.store, clock: ports.clock, log: ports.log },
      warningApplyMs: options.warningApplyMs,
      slowApplies: this.#counters.slowApplies,
      node: () => this.#node,
      backend: state.backend,
      requestOf: (data) => this.#proposer.pending.requestOf(data),
      settle: (id, outcome) => void this.#proposer.pending.settle(id, outcome),
    });
    this.#leaderTasks = new LeaderTasks(this, { clock: ports.clock, lessor: state.lessor });
    this.#autoCompactor = autoCompactorOf(this, ports);
    this.#stalls = new StallGuard({
      ...{ clock: ports.clock, log: ports.log, electionMs: options.electionMs },
      isLeader: () => this.isLeader,
      hasSuccessor: () => this.membership.voters.length > 1,
      giveAway: () => void this.cluster.leadership.giveAway(),
    });
    this.#applier.startAt(storage.raftLog.firstIndex() - 1, storage.raftLog.initialState().confState);
    this.#term = storage.raftLog.initialState().hardState.term;
    this.#node = this.#createNode();
    this.#driver = this.#createDriver();
    this.#snapshots = this.#createExchange();
    this.cluster = this.#createCluster();
  }

  readonly #node: RawNode;

  get memberId(): bigint {
    return this.#parts.storage.identity.memberId;
  }

  get clusterId(): bigint {
    return this.#parts.storage.identity.clusterId;
  }

  /** The leader's id, 0n while there is none. */
  get leaderId(): bigint {
    return this.#soft.leader;
  }

  /** When the present leader was first seen, in milliseconds since 1970; undefined while there is none. */
  get leaderSinceMs(): number | undefined {
    return this.leaderId === 0n ? undefined : this.#leaderSinceMs;
  }

  get isLeader(): boolean {
    return this.#soft.role === Role.leader;
  }

  get isLearner(): boolean {
    return this.membership.member(this.memberId)?.isLearner ?? false;
  }

  /** Why the member stopped serving, if it did. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Whether `stop` was called. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** The current raft term. */
  get term(): number {
    return this.#term;
  }

  /**
   * Starts ticking and, on a member that is alone, stands for election at once. `founders` are the first members of a
   * cluster whose log is still empty, `known` are those to talk to.
   */
  run(founders: readonly ReadonlyMember[], known: readonly ReadonlyMember[]): void {
    this.cluster.start(known);
    const peers = founderPeers(founders, this.options);
    if (peers.length > 0) this.#driver.run((node) => node.bootstrap(peers));
    else this.#driver.run(() => {});
    this.#tickLater();
    this.#autoCompactor.start();
    const { voters } = this.#node.status().confState;
    if (voters.length === 1 && voters[0] === this.memberId) this.#driver.run((node) => node.campaign());
  }

  /** Resolves when this member's name and client URLs are in the membership: it can serve. */
  async published(): Promise<void> {
    await publishSelf(this, this.#parts.ports.clock);
  }

  /** The header of an answer at a store revision; 0 leaves the revision out. */
  header(revision: number): ResponseHeader {
    return { clusterId: this.clusterId, memberId: this.memberId, revision, raftTerm: this.#term };
  }

  /** Puts an encoded request into the log; `done` is called once, when it was applied or the wait was given up. */
  propose<Field extends RequestField>(field: Field, raw: Uint8Array, done: Proposed<Field>): void {
    const id = this.#ids.next();
    this.#enqueue({ id, data: wrapInternalRequest({ headerId: id, field, raw }) }, done as ProposalDone);
  }

  /** Proposes what follows from this member's view as leader: dropped, not passed on, when it is deposed before. */
  proposeWhileLeading(field: RequestField, raw: Uint8Array): void {
    const term = this.#term;
    const isWanted = () => this.isLeader && this.#term === term;
    const id = this.#ids.next();
    this.#enqueue({ id, data: wrapInternalRequest({ headerId: id, field, raw }), isWanted }, () => {});
  }

  /** Puts a request of v2 into the log, under an id of its own, as it stands there: without a wrapper. */
  proposeV2(request: Request, done: Proposed<"v2">): void {
    const id = this.#ids.next();
    // etcd limits the bodies of v2 requests only, and that is larger.
    const limits = { maxRequestBytes: Number.POSITIVE_INFINITY };
    const own = { ...request, id };
    const known = isReadAlike(own) ? own : undefined;
    this.#enqueue({ id, data: Request.encode(own), request: known }, done as ProposalDone, limits);
  }

  #enqueue(
    proposal: Proposal,
    done: ProposalDone,
    { maxRequestBytes }: { maxRequestBytes: number } = this.options,
  ): void {
    if (this.#failure !== undefined || this.#stopping) return done(etcdError("stopped"), undefined);
    const refusal = refusalOf({
      sizeBytes: proposal.data.length,
      sizeBytesMax: maxRequestBytes,
      committedIndex: this.#driver.committedIndex,
      appliedIndex: this.#applier.appliedIndex,
    });
    if (refusal !== undefined) done(refusal, undefined);
    else this.#proposer.add(proposal, done);
  }

  /** Calls back when the state is at least as new as everything answered before this call. */
  linearizableRead(done: ReadDone): void {
    if (this.#failure !== undefined || this.#stopping) return done(etcdError("stopped"));
    this.#reads.add(done);
  }

  /** A new lease id, which no lease has. */
  chooseLeaseId(): bigint {
    return chooseLeaseId(this.#parts.ports.random, (id) => this.lessor.exists(id));
  }

  /** Whether this member answers requests: it has a leader and its storage works. */
  get serving(): boolean {
    return this.#failure === undefined && !this.#stopping && this.leaderId !== 0n;
  }

  /** Calls back whenever `serving` changes; returns what ends that. */
  onServingChange(run: (serving: boolean) => void): () => void {
    this.#servingListeners.add(run);
    return () => this.#servingListeners.delete(run);
  }

  /** Runs at the end of the event-loop turn: for work cut into slices. */
  endOfTurn(run: () => void): void {
    this.#parts.ports.clock.endOfTurn(run);
  }

  /** Whether the quota allows a request of this cost; if not, the NOSPACE alarm is raised. */
  admits(costBytes: number): boolean {
    if (this.quota.admits(costBytes)) return true;
    this.#spaceAlarm.raise();
    return false;
  }

  /** Index of the last applied entry. */
  get appliedIndex(): number {
    return this.#applier.appliedIndex;
  }

  /** Proposals that wait for their outcome. */
  get pendingCount(): number {
    return this.#proposer.pending.count;
  }

  /** The consensus core's state, for Status and metrics. */
  raftStatus(): BasicStatus {
    return this.#node.basicStatus();
  }

  /** Gives free space of the store back. */
  async defragment(): Promise<void> {
    const { ports, state } = this.#parts;
    await defragment({ backend: state.backend, clock: ports.clock, pacer: this.#pacer, counters: this.#counters });
  }

  /** Size of the live store: in all, in use. */
  get sizes(): { sizeBytes: number; sizeInUseBytes: number } {
    const { sizeBytes, sizeInUseBytes } = this.#parts.state.backend;
    return { sizeBytes, sizeInUseBytes };
  }

  /** Stops: nothing new is taken, what is staged becomes durable, files are closed. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    if (this.#failure === undefined) await this.cluster.leadership.giveAway();
    this.#stopping = true;
    this.cluster.stop();
    this.#ticker?.cancel();
    this.#autoCompactor.stop();
    this.#leaderTasks.follow();
    await this.#snapshotter.giveUp();
    this.#driver.saveCommit();
    this.#driver.stop();
    await this.#parts.network.close();
    this.#failWaiting();
    const { storage, state } = this.#parts;
    state.watchHub.close();
    state.store.close();
    // What could not be committed is still in the log; the failure has been told.
    if (this.#failure === undefined) await this.#pacer.commit().catch(() => {});
    this.#pacer.stop();
    await storage.wal.close();
    await state.backend.close();
    await storage.lock.release();
  }

  #createNode(): RawNode {
    return new RawNode(raftConfigOf(this.#parts));
  }

  #createDriver(): RaftDriver {
    const { storage, network, ports } = this.#parts;
    return new RaftDriver({
      node: this.#node,
      memberId: storage.identity.memberId,
      storage: storage.raftLog,
      wal: this.#stalls.watch(storage.wal),
      send: (message) => (message.type === MessageType.snap ? this.#snapshots : this.cluster).send(message),
      clock: ports.clock,
      flushSends: () => network.flush(),
      applyEntries: (entries) => this.#apply(entries),
      installSnapshot: (snapshot, hardState) => this.#snapshots.install(snapshot, hardState),
      onReadStates: (states) => {
        this.#reads.confirm(states);
        this.#reads.release(this.#applier.appliedIndex);
      },
      onSoftState: (state) => this.#onSoftState(state),
      onTerm: (term) => {
        if (term === this.#term) return;
        this.#term = term;
        this.cluster.leaderChanged();
      },
      onFatal: (error) => this.#fail(error),
    });
  }

  #apply(entries: readonly Entry[]): void {
    const before = this.membership.members;
    this.#applier.apply(entries);
    if (this.membership.members !== before) this.cluster.follow(before);
    this.watchHub.flush();
    this.#pacer.staged();
    this.#reads.release(this.#applier.appliedIndex);
    this.#snapshotter.applied(this.#applier.appliedIndex, () => this.#applier.confState);
  }

  #takesProposals(): boolean {
    return this.#soft.leader !== 0n && !this.#pacer.overloaded;
  }

  #proposeBatch(batch: Uint8Array[]): "accepted" | "dropped" {
    return this.#driver.run((node) => node.proposeBatch(batch)) === "accepted" ? "accepted" : "dropped";
  }

  #onSoftState(state: SoftState): void {
    const { log } = this.#parts.ports;
    if (state.leader !== this.#soft.leader) this.#leaderSinceMs = this.#parts.ports.clock.wallMs();
    if (state.leader !== this.#soft.leader && state.leader !== 0n) {
      this.#counters.leaderChanges.inc();
      this.cluster.leaders.elected();
      this.#reads.leaderChanged();
      log.info("elected leader", { "leader-id": state.leader.toString(16), "member-id": this.memberId.toString(16) });
    }
    const wasServing = this.serving;
    this.#soft = state;
    this.cluster.leaderChanged();
    if (this.serving !== wasServing) for (const run of this.#servingListeners) run(this.serving);
    if (state.role === Role.leader) this.#leaderTasks.lead();
    else this.#leaderTasks.follow();
    this.#proposer.schedule();
  }

  #tickLater(): void {
    this.#ticker = this.#parts.ports.clock.setTimer(this.options.heartbeatMs, () => {
      this.#tickLater();
      this.#driver.run((node) => node.tick());
      this.#reads.tick();
      this.cluster.leaders.tick();
      this.#stalls.tick();
      this.#proposer.schedule();
      this.#counters.proposalsFailed.inc(
        this.#proposer.expire((request) => this.cluster.leaders.timeoutError(request)),
      );
    });
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#parts.ports.log.error("member stopped serving: its storage failed", { error: error.message });
    this.#driver.stop();
    this.#failWaiting();
    this.#parts.onFatal(error);
  }

  #createExchange(): SnapshotExchange {
    const { ports, network, storage, state } = this.#parts;
    return new SnapshotExchange({
      state,
      storage,
      network,
      pacer: this.#pacer,
      inbox: this.#parts.inbox,
      log: ports.log,
      confState: () => this.#applier.confState,
      counters: this.#counters,
      clock: ports.clock,
      step: (message) => this.#driver.step([message]),
      beforeInstall: () => this.#snapshotter.giveUp(),
      onNotSent: (to) => void this.#driver.run((node) => node.reportSnapshot(to, false)),
      onInstalled: (snapshot, before) => this.#installed(snapshot, before),
    });
  }

  #installed({ metadata: { index, confState } }: Snapshot, before: readonly ReadonlyMember[]): void {
    this.#applier.startAt(index, confState);
    this.#snapshotter.installed(index, confState);
    this.cluster.follow(before);
    this.#reads.release(index);
  }

  #createCluster(): MemberCluster {
    const { ports, network, onRemoved } = this.#parts;
    return new MemberCluster({
      member: this,
      ports,
      network,
      driver: this.#driver,
      pending: this.#proposer.pending,
      counters: this.#counters,
      timeoutMs: this.#timeoutMs,
      status: () => this.#node.status(),
      nextId: () => this.#ids.next(),
      receiveSnapshot: (message, content) => this.#snapshots.receive(message, content),
      onSnapshotSent: (to) => this.#snapshots.sent(to),
      onRemoved,
    });
  }

  #failWaiting(): void {
    this.#proposer.pending.failAll(() => etcdError("stopped"));
    this.#reads.failAll(() => etcdError("stopped"));
  }
}
