// A small group of nodes in memory for tests: messages arrive in order and at once, unless their way is cut.

import type { RaftConfig } from "../config.ts";
import { MemoryStorage } from "../log/index.ts";
import type { Message } from "../message.ts";
import { RawNode } from "../raw-node.ts";
import { type Entry, emptyConfState, noBytes, type ReadState } from "../types.ts";
import { SeededRandom } from "./simulation/index.ts";

/** A group; the log of each node holds entries of the given terms after the first snapshot, which is index 1, term 1. */
export interface GroupOptions {
  voters: number;
  logs?: readonly (readonly number[])[];
  config?: Partial<RaftConfig>;
}

/** Nodes 1 to n. */
export class Group {
  readonly nodes: RawNode[] = [];
  readonly storages: MemoryStorage[] = [];
  /** Everything that was applied by each node. */
  readonly applied: Entry[][] = [];
  /** The reads that were answered on each node. */
  readonly readStates: ReadState[][] = [];
  /** Everything that was sent, in order. */
  readonly sent: Message[] = [];
  #queue: Message[] = [];
  #cut = new Set<bigint>();

  constructor({ voters, logs = [], config = {} }: GroupOptions) {
    const ids = Array.from({ length: voters }, (_, i) => BigInt(i + 1));
    const confState = { ...emptyConfState(), voters: ids };
    for (const id of ids) {
      const storage = new MemoryStorage();
      storage.applySnapshot({ data: noBytes, metadata: { confState, index: 1, term: 1 } });
      const terms = logs[Number(id) - 1] ?? [];
      storage.append(terms.map((term, i) => ({ term, index: i + 2, type: 0, data: noBytes })));
      storage.setHardState({ term: Math.max(1, ...terms), vote: 0n, commit: 1 });
      const random = new SeededRandom(Number(id));
      this.nodes.push(new RawNode({ electionTick: 10, heartbeatTick: 1, random, ...config, id, storage }));
      this.storages.push(storage);
      this.applied.push([]);
      this.readStates.push([]);
    }
  }

  node(id: number): RawNode {
    return this.nodes[id - 1]!;
  }

  storage(id: number): MemoryStorage {
    return this.storages[id - 1]!;
  }

  /** The terms in a node's log after the first snapshot. */
  terms(id: number): number[] {
    const storage = this.storage(id);
    return Array.from({ length: storage.lastIndex() - 1 }, (_, i) => Number(storage.term(i + 2)));
  }

  /** Cuts these nodes off from all others; none given, everybody is connected again. */
  cut(...ids: number[]): void {
    this.#cut = new Set(ids.map(BigInt));
  }

  /** Lets a node stand for election, and everything follow from it. */
  elect(id: number): void {
    this.node(id).campaign();
    this.settle();
  }

  /** Delivers and does everything until nothing moves. */
  settle(): void {
    for (let round = 0; round < 1000; round++) {
      const busy = this.nodes.filter((node) => node.hasReady());
      for (const node of busy) this.work(node);
      const messages = this.#queue;
      this.#queue = [];
      for (const message of messages) {
        if (!this.#cut.has(message.from) && !this.#cut.has(message.to)) this.node(Number(message.to)).step(message);
      }
      if (busy.length === 0 && messages.length === 0) return;
    }
    throw new Error("the group does not settle");
  }

  /** Does one batch of a node's work. */
  work(node: RawNode): void {
    const at = this.nodes.indexOf(node);
    const ready = node.ready();
    const storage = this.storages[at]!;
    if (ready.hardState !== undefined) storage.setHardState(ready.hardState);
    if (ready.snapshot !== undefined) storage.applySnapshot(ready.snapshot);
    storage.append(ready.entries);
    this.#queue.push(...ready.messages);
    this.sent.push(...ready.messages);
    this.applied[at]!.push(...ready.committedEntries);
    this.readStates[at]!.push(...ready.readStates);
    node.advance(ready);
  }

  tickAll(ticks: number): void {
    for (let i = 0; i < ticks; i++) {
      for (const node of this.nodes) node.tick();
      this.settle();
    }
  }
}
