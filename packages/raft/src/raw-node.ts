// One Raft node, driven by its owner: feed it ticks, messages and proposals, take the work it wants done (Ready), do it,
// say so. Synchronous and deterministic: the same calls with the same random numbers give the same results.
// The owner's duties, in their order, are in this package's README.

import {
  type ConfChange,
  ConfChangeType,
  type ConfChangeV2,
  encodeConfChange,
  encodeConfChangeV2,
  isConfChangeV2,
} from "./conf-change/index.ts";
import { type CheckedConfig, checkConfig, type RaftConfig } from "./config.ts";
import {
  applyConfChange,
  becomeFollower,
  createRaft,
  hup,
  newEntry,
  type ProposeResult,
  proposeOnLeader,
  type Raft,
  step,
  takeSnapshotStatus,
  takeUnreachable,
  tick,
  timeoutCampaign,
} from "./core/index.ts";
import { fail } from "./invariant.ts";
import { isLocalType, isResponseType, isStorageThread, type Message, MessageType, newMessage } from "./message.ts";
import {
  needsAppend,
  needsSync,
  type Ready,
  sameHardState,
  storageAppend,
  storageAppendDone,
  storageApply,
  storageApplyDone,
} from "./ready.ts";
import { type BasicStatus, basicStatusOf, type Status, statusOf } from "./status.ts";
import { type ConfState, type Entry, EntryType, type HardState, isEmptyHardState, noNode, Role } from "./types.ts";

/** What became of a message: handled, a proposal that was dropped, or a message that this node must not be sent. */
export type StepResult = "ok" | "dropped" | "local-message" | "unknown-peer";

/** A first member of a new group, with what the application wants to keep about it. */
export interface BootstrapPeer {
  id: bigint;
  context: Uint8Array;
}

/** One member of one Raft group. Not reentrant: no method may be called from inside another. */
export class RawNode {
  readonly #raft: Raft;
  readonly #config: CheckedConfig;
  #leader: bigint;
  #role: Role;
  #hardState: HardState;
  /** What the last Ready will be answered with; empty when no Ready is out. */
  #onAdvance: Message[] = [];
  #awaitsAdvance = false;

  /** Throws a RangeError for a wrong configuration; resumes from what the storage holds. */
  constructor(config: RaftConfig) {
    this.#config = checkConfig(config);
    this.#raft = createRaft(this.#config);
    this.#leader = this.#raft.leader;
    this.#role = this.#raft.role;
    this.#hardState = this.#raft.hardState();
  }

  /** Lets one tick of time pass. */
  tick(): void {
    tick(this.#raft);
  }

  /** Stands for election now. */
  campaign(): void {
    hup(this.#raft, timeoutCampaign(this.#raft));
  }

  /** Proposes one entry. A node that does not lead passes it on; "accepted" is no promise that it will be committed. */
  propose(data: Uint8Array): ProposeResult {
    return this.#propose([newEntry(EntryType.normal, data)]);
  }

  /** Proposes entries that follow each other; all are taken, or none. The buffers belong to the log from now on. */
  proposeBatch(datas: readonly Uint8Array[]): ProposeResult {
    if (datas.length === 0) return "accepted";
    const entries: Entry[] = [];
    for (let i = 0; i < datas.length; i++) entries.push(newEntry(EntryType.normal, datas[i]!));
    return this.#propose(entries);
  }

  /** Proposes a membership change. One that does not fit the membership is committed as an empty entry instead. */
  proposeConfChange(change: ConfChange | ConfChangeV2): ProposeResult {
    const entry = isConfChangeV2(change)
      ? newEntry(EntryType.confChangeV2, encodeConfChangeV2(change))
      : newEntry(EntryType.confChange, encodeConfChange(change));
    return this.#propose([entry]);
  }

  /**
   * Takes a committed membership change into force; to be called for every such entry when it is applied. Returns the
   * membership for snapshots. A change that the application refuses is applied with node id 0n, or not at all.
   */
  applyConfChange(change: ConfChange | ConfChangeV2): ConfState {
    return applyConfChange(this.#raft, change);
  }

  /** Takes a message from another node, or the answer of a storage thread. */
  step(message: Message): StepResult {
    if (!isStorageThread(message.from)) {
      if (isLocalType(message.type)) return "local-message";
      if (isResponseType(message.type) && this.#raft.tracker.progress(message.from) === undefined)
        return "unknown-peer";
    }
    return step(this.#raft, message);
  }

  /** Tells whether `ready` would hold any work. */
  hasReady(): boolean {
    const raft = this.#raft;
    const { unstable } = raft.log;
    return (
      raft.messages.length > 0 ||
      raft.messagesAfterAppend.length > 0 ||
      unstable.hasNextEntries ||
      raft.log.hasNextCommitted(this.#appliesUnstable) ||
      raft.readStates.length > 0 ||
      unstable.nextSnapshot() !== undefined ||
      raft.leader !== this.#leader ||
      raft.role !== this.#role ||
      raft.term !== this.#hardState.term ||
      raft.vote !== this.#hardState.vote ||
      raft.log.committed !== this.#hardState.commit
    );
  }

  /** Takes the outstanding work. It must be done; without asynchronous storage writes, `advance` must follow. */
  ready(): Ready {
    if (this.#awaitsAdvance) fail("ready taken again before the last one was advanced");
    const ready = this.#collect();
    if (this.#config.asyncStorageWrites) this.#addStorageMessages(ready);
    else this.#addDeferredMessages(ready);
    this.#accept(ready);
    return ready;
  }

  /** Says that the last Ready is done: stored, sent and applied. Not with asynchronous storage writes. */
  advance(_ready?: Ready): void {
    if (this.#config.asyncStorageWrites) fail("advance called with asynchronous storage writes");
    const answers = this.#onAdvance;
    this.#onAdvance = [];
    this.#awaitsAdvance = false;
    for (let i = 0; i < answers.length; i++) step(this.#raft, answers[i]!);
  }

  /** Asks for a linearizable read; the answer comes in a Ready's `readStates`, or never, so ask again after a while. */
  readIndex(context: Uint8Array): void {
    const request = newMessage(MessageType.readIndex, noNode);
    request.entries = [newEntry(EntryType.normal, context)];
    step(this.#raft, request);
  }

  /** Asks the leader to hand over to a voter. */
  transferLeader(id: bigint): void {
    const request = newMessage(MessageType.transferLeader, noNode);
    request.from = id;
    step(this.#raft, request);
  }

  /** Makes a follower forget its leader, so that it may vote for another at once. Nothing with lease-based reads. */
  forgetLeader(): void {
    step(this.#raft, newMessage(MessageType.forgetLeader, noNode));
  }

  /** Says that messages to a node are being lost. */
  reportUnreachable(id: bigint): void {
    const progress = this.#raft.tracker.progress(id);
    if (this.#raft.role === Role.leader && progress !== undefined) takeUnreachable(progress);
  }

  /** Says how sending a snapshot to a node ended. Owed for every snapshot message, or the node gets nothing more. */
  reportSnapshot(id: bigint, ok: boolean): void {
    const progress = this.#raft.tracker.progress(id);
    if (this.#raft.role === Role.leader && progress !== undefined) takeSnapshotStatus(progress, ok);
  }

  /** Everything about the node; allocates. */
  status(): Status {
    return statusOf(this.#raft);
  }

  /** The cheap part of the status. */
  basicStatus(): BasicStatus {
    return basicStatusOf(this.#raft);
  }

  /**
   * Starts a new group: the storage must be empty. The members are entries of the log, committed from the start, so that
   * every member that starts with the same list has the same log. A storage that starts with a membership needs none of it.
   */
  bootstrap(peers: readonly BootstrapPeer[]): void {
    const raft = this.#raft;
    if (peers.length === 0) fail("a group needs at least one member");
    if (raft.log.lastIndex() !== 0) fail(`a log that ends at ${raft.log.lastIndex()} cannot be bootstrapped`);
    becomeFollower(raft, 1, noNode);
    const changes = peers.map(({ id, context }) => ({ id: 0n, type: ConfChangeType.addNode, nodeId: id, context }));
    raft.log.append(
      changes.map((change, i) => ({
        term: 1,
        index: i + 1,
        type: EntryType.confChange,
        data: encodeConfChange(change),
      })),
    );
    raft.log.committed = changes.length;
    for (const change of changes) applyConfChange(raft, change);
    this.#hardState = { term: 0, vote: noNode, commit: 0 };
  }

  /** Fixes the present election timeout; the next change of role or term draws a new one. For tests and simulations. */
  pinElectionTimeout(ticks: number): void {
    this.#raft.electionTimeout = ticks;
  }

  /** Without asynchronous writes an entry is stored before the same Ready's committed entries are applied. */
  get #appliesUnstable(): boolean {
    return !this.#config.asyncStorageWrites;
  }

  #propose(entries: Entry[]): ProposeResult {
    if (this.#raft.role === Role.leader) return proposeOnLeader(this.#raft, entries);
    const message = newMessage(MessageType.prop, noNode);
    message.from = this.#raft.id;
    message.entries = entries;
    return step(this.#raft, message) === "ok" ? "accepted" : "dropped";
  }

  #collect(): Ready {
    const raft = this.#raft;
    const { unstable } = raft.log;
    const hardState = raft.hardState();
    const entries = unstable.hasNextEntries ? unstable.nextEntries() : [];
    const leads = raft.leader === this.#leader && raft.role === this.#role;
    return {
      softState: leads ? undefined : { leader: raft.leader, role: raft.role },
      hardState: sameHardState(hardState, this.#hardState) || isEmptyHardState(hardState) ? undefined : hardState,
      readStates: raft.readStates,
      entries,
      snapshot: unstable.nextSnapshot(),
      committedEntries: raft.log.nextCommitted(this.#appliesUnstable),
      messages: raft.messages,
      mustSync: needsSync({ entries }, hardState, this.#hardState),
    };
  }

  #addStorageMessages(ready: Ready): void {
    const raft = this.#raft;
    if (needsAppend(raft, ready)) ready.messages.push(storageAppend(raft, ready));
    if (ready.committedEntries.length > 0) ready.messages.push(storageApply(raft, ready.committedEntries));
  }

  /** Messages that wait for durability follow the others; those to this node itself are taken when the work is done. */
  #addDeferredMessages(ready: Ready): void {
    const raft = this.#raft;
    for (const message of raft.messagesAfterAppend) {
      if (message.to === raft.id) this.#onAdvance.push(message);
      else ready.messages.push(message);
    }
    const appended = storageAppendDone(raft, ready);
    if (appended !== undefined) this.#onAdvance.push(appended);
    if (ready.committedEntries.length > 0) this.#onAdvance.push(storageApplyDone(raft, ready.committedEntries));
    this.#awaitsAdvance = true;
  }

  #accept(ready: Ready): void {
    const raft = this.#raft;
    this.#leader = raft.leader;
    this.#role = raft.role;
    if (ready.hardState !== undefined) this.#hardState = ready.hardState;
    raft.messages = [];
    raft.messagesAfterAppend = [];
    raft.readStates = [];
    raft.log.unstable.acceptInProgress();
    if (ready.committedEntries.length > 0) raft.log.acceptApplying(ready.committedEntries, this.#appliesUnstable);
  }
}
