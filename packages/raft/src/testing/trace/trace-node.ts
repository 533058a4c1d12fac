// One node of a trace, with a storage in memory and a state machine that only remembers: every applied entry appends its
// data to a history, and the latest state of the history is the snapshot.

import { decodeConfChange, decodeConfChangeV2 } from "../../conf-change/index.ts";
import type { RaftConfig } from "../../config.ts";
import { type InitialState, MemoryStorage, type Storage, type StorageError } from "../../log/index.ts";
import type { Message } from "../../message.ts";
import { RawNode } from "../../raw-node.ts";
import { type ConfState, type Entry, EntryType, type HardState, isEmptyHardState, type Snapshot } from "../../types.ts";

/** The configuration of a trace's node, before it has an id and a storage. */
export type TraceConfig = Omit<RaftConfig, "id" | "storage">;

/** What goes wrong with a storage, in the words of traces. */
export const storageErrorTexts = {
  compacted: "requested index is unavailable due to compaction",
  unavailable: "requested entry at index is unavailable",
  "snapshot-temporarily-unavailable": "snapshot is temporarily unavailable",
  "out-of-date": "requested index is older than the existing snapshot",
} as const;

/** A storage whose snapshot is always the latest state of the state machine. */
class HistoryStorage implements Storage {
  readonly memory = new MemoryStorage();
  readonly history: Snapshot[];

  constructor(first: Snapshot) {
    this.history = [first];
  }

  initialState(): InitialState {
    return this.memory.initialState();
  }
  entries(lo: number, hi: number, maxSizeBytes: number): Entry[] | StorageError {
    return this.memory.entries(lo, hi, maxSizeBytes);
  }
  term(index: number): number | StorageError {
    return this.memory.term(index);
  }
  lastIndex(): number {
    return this.memory.lastIndex();
  }
  firstIndex(): number {
    return this.memory.firstIndex();
  }
  snapshot(): Snapshot {
    return this.history.at(-1)!;
  }
}

/** Work for the log of a node. */
export interface AppendWork {
  hardState: HardState;
  entries: readonly Entry[];
  snapshot: Snapshot | undefined;
}

/** One node of a trace. Methods return the text of an error, or undefined. */
export class TraceNode {
  readonly id: bigint;
  readonly config: TraceConfig;
  readonly raw: RawNode;
  readonly #storage: HistoryStorage;
  readonly appendWork: Message[] = [];
  readonly applyWork: Message[] = [];

  /** A first snapshot of index 0 stands for a node that knows nothing. */
  constructor(id: bigint, { config, first }: { config: TraceConfig; first: Snapshot }) {
    this.id = id;
    this.config = config;
    this.#storage = new HistoryStorage(first);
    if (first.metadata.index > 0) this.#storage.memory.applySnapshot(first);
    this.raw = new RawNode({ ...config, id, storage: this.#storage });
  }

  get storage(): Storage {
    return this.#storage;
  }

  snapshot(): Snapshot {
    return this.#storage.snapshot();
  }

  compact(index: number): string | undefined {
    const result = this.#storage.memory.compact(index);
    return result === "ok" ? undefined : storageErrorTexts[result];
  }

  /** Writes to the log. */
  append({ hardState, entries, snapshot }: AppendWork): string | undefined {
    const { memory } = this.#storage;
    if (!isEmptyHardState(hardState)) memory.setHardState(hardState);
    if (snapshot === undefined || snapshot.metadata.index === 0) {
      memory.append(entries);
      return undefined;
    }
    if (entries.length > 0) return "can't apply snapshot and entries at the same time";
    const result = memory.applySnapshot(snapshot);
    return result === "ok" ? undefined : storageErrorTexts[result];
  }

  /** Applies committed entries. */
  apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const last = this.snapshot();
      const { update, confState } = this.#applyOne(entry);
      this.#storage.history.push({
        data: Uint8Array.from([...last.data, ...update]),
        metadata: { confState: confState ?? last.metadata.confState, index: entry.index, term: entry.term },
      });
    }
  }

  #applyOne({ type, data }: Entry): { update: Uint8Array; confState?: ConfState } {
    if (type === EntryType.normal) return { update: data };
    const change = type === EntryType.confChange ? decodeConfChange(data) : decodeConfChangeV2(data);
    if (change === undefined) throw new SyntaxError(`entry of ${data.length} bytes is no membership change`);
    return { update: change.context, confState: this.raw.applyConfChange(change) };
  }
}
