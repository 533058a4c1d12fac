/**
 * Drives the consensus core: hands it ticks, proposals and messages, and carries out what it asks for. Writing, sending and
 * applying run side by side (asynchronous storage writes): entries go to the peers while the local sync is in flight, and the
 * next batch collects meanwhile. The core's own rule keeps this safe: every answer that promises durability is attached to the
 * append it depends on and is delivered only after the sync.
 *
 * Invariants: what the core asks for is carried out by one call at a time (`#pumping`); entries reach `applyEntries` in index order, once.
 * Source: Raft thesis, section 10.2.1 (writing to the leader's disk in parallel).
 */
import {
  appendThread,
  applyThread,
  type Entry,
  type HardState,
  type MemoryStorage,
  type Message,
  type RawNode,
  type ReadState,
  type Snapshot,
  type SoftState,
} from "@etcd-ts/raft";
import type { Clock } from "../ports/index.ts";
import type { Wal } from "../wal/index.ts";

/** How long a commit index waits for an append to ride on. */
const saveDelayMs = 1;

/** What the driver needs from the rest of the member. */
export interface RaftDriverParts {
  readonly node: RawNode;
  readonly memberId: bigint;
  readonly storage: MemoryStorage;
  readonly wal: Pick<Wal, "append">;
  /** Sends to another member; may drop, never blocks. */
  send(message: Message): void;
  readonly clock: Pick<Clock, "endOfTurn" | "setTimer">;
  /** Hands over what was sent, before the local disk takes its time. */
  flushSends(): void;
  /** Applies committed entries, in order; configuration changes included. */
  applyEntries(entries: readonly Entry[]): void;
  /** Makes a leader's snapshot this member's state, durably: log and store. */
  installSnapshot(snapshot: Snapshot, hardState: HardState): Promise<void>;
  onReadStates(states: readonly ReadState[]): void;
  onSoftState(state: SoftState): void;
  onTerm(term: number): void;
  /** The log cannot be written any more: nothing further may be promised. */
  onFatal(error: Error): void;
}

export class RaftDriver {
  readonly #parts: RaftDriverParts;
  #pumping = false;
  /** What is to run against the core together, at the end of this turn. */
  #inputs: (() => void)[] = [];
  #again = false;
  #stopped = false;
  /** Commit index that still has to reach the log; it rides on the next append, or is written alone soon. */
  #unsavedState: HardState | undefined;
  /** A commit index was appended that asked for no sync: the log may hold it in memory. */
  #unwritten = false;
  #saving = false;
  /** Work that waits, in order, for a snapshot being installed; undefined while none is. */
  #deferred: Message[] | undefined;
  #committedIndex: number;

  constructor(parts: RaftDriverParts) {
    this.#parts = parts;
    this.#committedIndex = parts.storage.initialState().hardState.commit;
  }

  /** Index of the last entry known to be committed, applied or not. */
  get committedIndex(): number {
    return this.#committedIndex;
  }

  /** Runs `input` against the core, then carries out everything that follows from it. */
  run<T>(input: (node: RawNode) => T): T | undefined {
    if (this.#stopped) return undefined;
    const result = input(this.#parts.node);
    this.#pump();
    return result;
  }

  /**
   * Runs `input` at the end of the event-loop turn, after those handed over before it. Whatever it and they run against
   * the core is carried out together: one append, one sync and one message to each peer for all of it.
   */
  atEndOfTurn(input: () => void): void {
    this.#inputs.push(input);
    if (this.#inputs.length === 1) this.#parts.clock.endOfTurn(() => this.#endTurn());
  }

  #endTurn(): void {
    const inputs = this.#inputs;
    this.#inputs = [];
    this.#pumping = true;
    try {
      for (let i = 0; i < inputs.length; i++) inputs[i]!();
    } finally {
      this.#pumping = false;
    }
    this.#pump();
  }

  /** Takes messages of other members. */
  step(messages: readonly Message[]): void {
    this.atEndOfTurn(() => {
      if (this.#stopped) return;
      for (let i = 0; i < messages.length; i++) this.#parts.node.step(messages[i]!);
    });
  }

  /** Stops for good; appends in flight still finish, their answers are dropped. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * Writes the commit index to the log if it has moved since it was last written: a raft snapshot, and a cluster that is forced
   * to begin anew, go by what is known committed.
   */
  saveCommit(): void {
    const hardState = this.#unsavedState;
    if ((hardState === undefined && !this.#unwritten) || this.#stopped) return;
    this.#unsavedState = undefined;
    this.#unwritten = false;
    this.#parts.wal.append({ hardState, entries: [], mustSync: false, mustWrite: true }, (error) => {
      if (error !== undefined) this.#fail(error);
    });
  }

  /** Makes what is known committed durable, then calls `done`; with false when the log fails or the driver has stopped. */
  syncCommit(done: (isDurable: boolean) => void): void {
    if (this.#stopped) return done(false);
    const hardState = this.#unsavedState;
    this.#unsavedState = undefined;
    this.#parts.wal.append({ hardState, entries: [], mustSync: true }, (error) => {
      if (error !== undefined) this.#fail(error);
      done(error === undefined);
    });
  }

  /** Nobody waits for the commit index, so a write of its own is worth it only when no append comes along. */
  #saveSoon(): void {
    if (this.#saving) return;
    this.#saving = true;
    this.#parts.clock.setTimer(saveDelayMs, () => {
      this.#saving = false;
      this.saveCommit();
    });
  }

  #pump(): void {
    if (this.#pumping) {
      this.#again = true;
      return;
    }
    this.#pumping = true;
    try {
      do {
        this.#again = false;
        while (!this.#stopped && this.#parts.node.hasReady()) this.#handleReady();
      } while (this.#again && !this.#stopped);
    } finally {
      this.#pumping = false;
    }
  }

  #handleReady(): void {
    const ready = this.#parts.node.ready();
    if (ready.hardState !== undefined) {
      this.#committedIndex = ready.hardState.commit;
      this.#parts.onTerm(ready.hardState.term);
    }
    if (ready.softState !== undefined) this.#parts.onSoftState(ready.softState);
    if (ready.readStates.length > 0) this.#parts.onReadStates(ready.readStates);
    for (const message of ready.messages) {
      // The log may fail on the way: whoever was told of it has closed what the rest would touch.
      if (this.#stopped) return;
      this.#dispatch(message);
    }
  }

  #dispatch(message: Message): void {
    if (message.to !== appendThread && message.to !== applyThread) return this.#parts.send(message);
    if (this.#deferred !== undefined) this.#deferred.push(message);
    else this.#store(message);
  }

  #store(message: Message): void {
    if (message.to === applyThread) return this.#apply(message);
    this.#parts.flushSends();
    if (message.snapshot === undefined) this.#append(message);
    else this.#install(message, message.snapshot);
  }

  /** Nothing else may be written or applied until the snapshot is in force. */
  #install(message: Message, snapshot: Snapshot): void {
    const hardState = this.#stateOf(message) ?? this.#unsavedState ?? this.#parts.storage.initialState().hardState;
    this.#unsavedState = undefined;
    this.#deferred = [];
    this.#parts.installSnapshot(snapshot, hardState).then(
      () => this.#installed(message, { snapshot, hardState }),
      (error) => this.#fail(error instanceof Error ? error : new Error(String(error))),
    );
  }

  #installed(message: Message, { snapshot, hardState }: { snapshot: Snapshot; hardState: HardState }): void {
    if (this.#stopped) return;
    this.#parts.storage.applySnapshot(snapshot);
    this.#parts.storage.setHardState(hardState);
    const deferred = this.#deferred!;
    this.#deferred = undefined;
    this.#append({ ...message, snapshot: undefined });
    for (const waiting of deferred) this.#dispatch(waiting);
  }

  #append(message: Message): void {
    const state = this.#stateOf(message);
    if (
      message.entries.length === 0 &&
      message.snapshot === undefined &&
      message.responses.length === 0 &&
      !this.#mustSync(state)
    ) {
      this.#unsavedState = state ?? this.#unsavedState;
      this.#saveSoon();
      return;
    }
    const hardState = state ?? this.#unsavedState;
    this.#unsavedState = undefined;
    const mustSync = message.entries.length > 0 || this.#mustSync(state);
    this.#unwritten = !mustSync && (this.#unwritten || hardState !== undefined);
    if (this.#unwritten) this.#saveSoon();
    if (hardState !== undefined) this.#parts.storage.setHardState(hardState);
    this.#parts.wal.append({ hardState, entries: message.entries, mustSync }, (error) => {
      if (error !== undefined) this.#fail(error);
      else this.#appended(message);
    });
  }

  #appended(message: Message): void {
    if (this.#stopped) return;
    if (message.entries.length > 0) this.#parts.storage.append(message.entries);
    this.#deliver(message.responses);
  }

  #apply(message: Message): void {
    this.#parts.applyEntries(message.entries);
    this.#deliver(message.responses);
  }

  #deliver(responses: readonly Message[]): void {
    for (const response of responses) {
      if (response.to === this.#parts.memberId) this.#parts.node.step(response);
      else this.#parts.send(response);
    }
    this.#pump();
  }

  #stateOf(message: Message): HardState | undefined {
    if (message.term === 0 && message.vote === 0n && message.commit === 0) return undefined;
    return { term: message.term, vote: message.vote, commit: message.commit };
  }

  #mustSync(state: HardState | undefined): boolean {
    if (state === undefined) return false;
    const known = this.#unsavedState ?? this.#parts.storage.initialState().hardState;
    return state.term !== known.term || state.vote !== known.vote;
  }

  #fail(error: Error): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#parts.onFatal(error);
  }
}
