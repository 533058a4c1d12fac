/**
 * Takes committed entries in index order and applies each: requests to the state machine, membership changes to the
 * membership and the consensus core, and the empty entry of a new leader to nothing but the applied index.
 * Whoever proposed an entry here is answered with its outcome.
 *
 * Invariant: `appliedIndex` grows by one with every entry; entries the store already held when it was opened change only what
 * the store does not hold (the core's membership).
 */
import type { Request } from "@etcd-ts/proto";
import {
  ConfChangeType,
  type ConfChangeV2,
  type ConfState,
  type Entry,
  EntryType,
  emptyConfState,
  type RawNode,
} from "@etcd-ts/raft";
import { assert } from "../lib/assert.ts";
import { decodeCommittedChange, describeEntry, type Machine, type Outcome } from "../machine/index.ts";
import type { MvccStore } from "../mvcc/index.ts";
import type { Backend, Clock, Counter, Logger } from "../ports/index.ts";
import { writeConfState } from "./conf-state-record.ts";
import { wasRefused, writeRefused } from "./refused-changes.ts";

/** Whom committed entries are applied to, and who hears of it. */
export interface EntryApplierParts {
  readonly machine: Machine;
  readonly store: MvccStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Entries that take longer to apply than `warningApplyMs` are logged and counted. */
  readonly warningApplyMs: number;
  readonly slowApplies: Counter;
  node(): RawNode;
  /** Where the membership of the consensus core is kept, and which changes of it were refused. */
  readonly backend: Pick<Backend, "get" | "put">;
  /** What an entry asks for, where that is known without reading it. */
  requestOf(data: Uint8Array): Request | undefined;
  /** Answers the proposal with this id, if it is one of ours. */
  settle(id: bigint, outcome: Outcome): void;
}

export class EntryApplier {
  readonly #parts: EntryApplierParts;
  #appliedIndex = 0;
  #confState: ConfState = emptyConfState();

  constructor(parts: EntryApplierParts) {
    this.#parts = parts;
  }

  /** Index of the last entry that was applied. */
  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  /** The membership after the last applied entry, as snapshots carry it. */
  get confState(): ConfState {
    return this.#confState;
  }

  /** Where the log begins: the snapshot's position and membership. */
  startAt(index: number, confState: ConfState): void {
    this.#appliedIndex = index;
    this.#confState = confState;
  }

  apply(entries: readonly Entry[]): void {
    const { clock, warningApplyMs } = this.#parts;
    let startMs = clock.nowMs();
    for (const entry of entries) {
      assert(entry.index === this.#appliedIndex + 1 || this.#appliedIndex === 0, "entries are applied in order");
      this.#applyOne(entry);
      this.#appliedIndex = entry.index;
      const endMs = clock.nowMs();
      if (endMs - startMs > warningApplyMs) this.#noteSlow(entry, endMs - startMs);
      startMs = endMs;
    }
    // A commit of the live store cannot begin before this turn ends, so once for all of them is soon enough.
    this.#parts.machine.stage();
  }

  #noteSlow(entry: Entry, tookMs: number): void {
    const { log, slowApplies, warningApplyMs } = this.#parts;
    slowApplies.inc();
    log.warn("apply request took too long", {
      took: `${tookMs.toFixed(3)}ms`,
      "expected-duration": `${warningApplyMs}ms`,
      prefix: "",
      request: entry.type === EntryType.normal ? describeEntry(entry.data) : "conf_change",
      "raft-index": entry.index,
    });
  }

  #applyOne(entry: Entry): void {
    const { store } = this.#parts;
    const held = entry.index <= store.appliedIndex;
    switch (entry.type) {
      case EntryType.normal:
        if (!held && entry.data.length > 0) this.#applyRequest(entry.data);
        break;
      case EntryType.confChange:
      case EntryType.confChangeV2:
        this.#changeMembership(entry, held);
        break;
      default:
        entry.type satisfies never;
    }
    if (!held) store.setApplied(entry.index, entry.term);
  }

  #applyRequest(data: Uint8Array): void {
    const { machine } = this.#parts;
    const known = this.#parts.requestOf(data);
    if (known === undefined) this.#parts.settle(...machine.apply(data));
    else this.#parts.settle(known.id, machine.applyV2(known));
  }

  #changeMembership(entry: Entry, held: boolean): void {
    const { backend, machine, node, settle } = this.#parts;
    const committed = decodeCommittedChange(entry);
    const outcome = held ? undefined : machine.applyChange(committed);
    if (outcome?.error !== undefined) writeRefused(backend, entry.index);
    // A change that was refused must not reach the core either, and node id 0 tells it so.
    const isRefused = wasRefused(backend, entry.index) || removesOnlyVoter(committed.raft, this.#confState);
    this.#confState = node().applyConfChange(isRefused ? withoutNodes(committed.raft) : committed.raft);
    if (!held) writeConfState(backend, this.#confState);
    if (outcome !== undefined) settle(committed.id, outcome);
  }
}

/**
 * A member may be told to leave though it is the last: it ends as any other that was removed. The core knows no cluster without
 * voters, and would not start again with this entry in its log.
 */
function removesOnlyVoter({ changes }: ConfChangeV2, { voters }: ConfState): boolean {
  if (voters.length !== 1) return false;
  return changes.some(({ type, nodeId }) => type === ConfChangeType.removeNode && nodeId === voters[0]);
}

function withoutNodes(change: ConfChangeV2): ConfChangeV2 {
  return { ...change, changes: change.changes.map((single) => ({ ...single, nodeId: 0n })) };
}
