// One node of a simulation: a RawNode, a disk and a state machine, driven as the README of this package asks for, with
// the right to crash at any point in between.

import { decodeConfChange, decodeConfChangeV2 } from "../../conf-change/index.ts";
import type { RaftConfig } from "../../config.ts";
import { isStorageThread, type Message, MessageType } from "../../message.ts";
import { RawNode } from "../../raw-node.ts";
import type { Ready } from "../../ready.ts";
import { type ConfState, type Entry, EntryType, Role } from "../../types.ts";
import type { SafetyChecker } from "./safety-checker.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { SimulatedDisk } from "./simulated-disk.ts";

/** Everything around a simulated node. */
export interface Surroundings {
  config: Omit<RaftConfig, "id" | "storage" | "applied">;
  disk: SimulatedDisk;
  checker: SafetyChecker;
  random: SeededRandom;
  send: (message: Message) => void;
}

/** One node, running or crashed. */
export class SimulatedNode {
  readonly id: bigint;
  readonly #around: Surroundings;
  #raw: RawNode;
  #applied = 0;
  #confState: ConfState;
  #appendWork: Message[] = [];
  #applyWork: Message[] = [];
  running = true;

  constructor(id: bigint, around: Surroundings) {
    this.id = id;
    this.#around = around;
    this.#raw = this.#start();
    this.#confState = this.#raw.status().confState;
    around.disk.storage.state = () => ({ applied: this.#applied, confState: this.#confState });
  }

  /** The node itself, for calls from outside. Look after it with `observe`. */
  get raw(): RawNode {
    return this.#raw;
  }

  get leads(): boolean {
    return this.running && this.#raw.basicStatus().role === Role.leader;
  }

  /** The index that the state machine has reached. */
  get applied(): number {
    return this.#applied;
  }

  /** The membership that the state machine has reached. */
  get confState(): ConfState {
    return this.#confState;
  }

  /** Whether a node has a vote in the membership that this node has reached. */
  counts(id: bigint): boolean {
    return this.#confState.voters.includes(id) || this.#confState.votersOutgoing.includes(id);
  }

  get hasWork(): boolean {
    return this.#raw.hasReady() || this.#appendWork.length > 0 || this.#applyWork.length > 0;
  }

  /** Tells the checker what the node claims to be. */
  observe(): void {
    const { role, term } = this.#raw.basicStatus();
    if (role === Role.leader) this.#around.checker.leads(this.id, term);
  }

  step(message: Message): void {
    this.#raw.step(message);
    this.observe();
  }

  /** Does some outstanding work. `crash` is the number of the step before which the node crashes, or more than there are. */
  work(crash: number): void {
    if (this.#raw.hasReady()) {
      const done = this.#around.config.asyncStorageWrites ? this.#queueReady(crash) : this.#doReady(crash);
      if (!done) this.crash();
    }
    if (!this.running) return;
    this.#workAppend(crash);
    this.#workApply();
    this.observe();
  }

  crash(): void {
    this.running = false;
    this.#appendWork = [];
    this.#applyWork = [];
    this.#around.disk.crash();
  }

  restart(): void {
    this.#raw = this.#start();
    this.#confState = this.#raw.status().confState;
    this.running = true;
    this.observe();
  }

  /** Compacts the log to the applied index. */
  compact(): void {
    const { disk } = this.#around;
    if (this.#applied > (disk.snapshot?.metadata.index ?? 0) && this.#applied <= disk.storage.lastIndex()) {
      disk.takeSnapshot(this.#applied, this.#confState);
    }
  }

  #start(): RawNode {
    const { config, disk } = this.#around;
    this.#applied = disk.snapshot?.metadata.index ?? 0;
    return new RawNode({ ...config, id: this.id, storage: disk.storage, applied: this.#applied });
  }

  #doReady(crash: number): boolean {
    const { disk, random, send } = this.#around;
    const ready = this.#raw.ready();
    this.#takeReads(ready);
    // What promises nothing may leave before the disk has anything.
    const early = random.percent(50) ? ready.messages.filter((message) => !isPromise(message)) : [];
    for (const message of early) send(message);
    if (crash === 0) return false;
    this.#write(ready);
    if (ready.mustSync || ready.snapshot !== undefined) disk.sync();
    if (crash === 1) return false;
    for (const message of ready.messages) if (!early.includes(message)) send(message);
    if (crash === 2) return false;
    this.#apply(ready.committedEntries);
    this.#raw.advance(ready);
    return true;
  }

  #queueReady(crash: number): boolean {
    const ready = this.#raw.ready();
    this.#takeReads(ready);
    if (crash === 0) return false;
    for (const message of ready.messages) {
      if (!isStorageThread(message.to)) this.#around.send(message);
      else if (message.type === MessageType.storageAppend) this.#appendWork.push(message);
      else this.#applyWork.push(message);
    }
    return crash !== 1;
  }

  #workAppend(crash: number): void {
    const { disk, random } = this.#around;
    if (this.#appendWork.length === 0 || random.percent(30)) return;
    const { term, vote, commit, entries, snapshot, responses } = this.#appendWork.shift()!;
    const hardState = term === 0 ? undefined : { term, vote, commit };
    this.#write({ hardState, entries, snapshot });
    if (responses.length > 0) disk.sync();
    if (crash === 2) this.crash();
    else this.#respond(responses);
  }

  #workApply(): void {
    if (!this.running || this.#applyWork.length === 0 || this.#around.random.percent(30)) return;
    const { entries, responses } = this.#applyWork.shift()!;
    this.#apply(entries);
    this.#respond(responses);
  }

  #respond(responses: readonly Message[]): void {
    for (const response of responses) {
      if (response.to === this.id) this.step(response);
      else this.#around.send(response);
    }
  }

  #write(ready: Pick<Ready, "hardState" | "entries" | "snapshot">): void {
    const { disk, checker } = this.#around;
    disk.write(ready);
    checker.writes(this.id, ready.entries, disk.storage);
    if (ready.snapshot === undefined) return;
    this.#applied = ready.snapshot.metadata.index;
    this.#confState = ready.snapshot.metadata.confState;
  }

  #apply(entries: readonly Entry[]): void {
    const { term } = this.#raw.basicStatus();
    for (const entry of entries) {
      // A snapshot may have overtaken entries that were handed out before it.
      if (entry.index <= this.#applied) continue;
      this.#around.checker.applies(this.id, entry, term);
      this.#applied = entry.index;
      if (entry.type === EntryType.normal) continue;
      const change =
        entry.type === EntryType.confChange ? decodeConfChange(entry.data) : decodeConfChangeV2(entry.data);
      if (change !== undefined) this.#confState = this.#raw.applyConfChange(change);
    }
  }

  #takeReads({ readStates }: Ready): void {
    for (const { index, context } of readStates) {
      this.#around.checker.answersRead(new TextDecoder().decode(context), index);
    }
  }
}

function isPromise({ type }: Message): boolean {
  return type === MessageType.appResp || type === MessageType.voteResp || type === MessageType.preVoteResp;
}
