/**
 * Snapshots between members, both ways. Sending: the store is committed, a view of it is streamed while the member goes on, and
 * the message names the position that the view itself holds. Receiving: see `SnapshotInbox`; when the store has been replaced,
 * everything that was read from it is read anew.
 *
 * A view keeps its space in the store until it is closed. The content closes it when it was read or given up; a content that
 * nobody began to read, because the peer cannot take it, is closed when its end is told.
 */
import { type ConfState, type HardState, type Message, noBytes, type Snapshot } from "@etcd-ts/raft";
import { assert } from "../lib/assert.ts";
import type { ReadonlyMember } from "../membership/index.ts";
import { readAppliedIndex, readAppliedTerm } from "../mvcc/index.ts";
import type { BackendView, Clock, Logger, PeerNetwork } from "../ports/index.ts";
import type { CommitPacer } from "./commit-pacer.ts";
import { readConfState } from "./conf-state-record.ts";
import type { MemberCounters } from "./member-metrics.ts";
import { type MemberState, reloadState } from "./member-state.ts";
import type { MemberStorage } from "./open-storage.ts";
import { recordSnapshot, type SnapshotInbox } from "./snapshot-inbox.ts";
import { encodeContent } from "./store-content.ts";

/** The state that snapshots carry, and the way they take. */
export interface SnapshotExchangeParts {
  readonly state: MemberState;
  readonly storage: MemberStorage;
  readonly network: PeerNetwork;
  readonly pacer: Pick<CommitPacer, "commit">;
  readonly inbox: SnapshotInbox;
  readonly log: Logger;
  readonly clock: Pick<Clock, "nowMs">;
  readonly counters: Pick<MemberCounters, "snapshotApplying" | "snapshotSendSeconds">;
  /** The membership in force, for stores that were written before it was kept in them. */
  confState(): ConfState;
  /** The consensus core's turn: takes the message that announces a snapshot in safety. */
  step(message: Message): void;
  /** Ends what this member writes of the state that will be replaced. */
  beforeInstall(): Promise<void>;
  /** Says that a snapshot was not even sent. */
  onNotSent(to: bigint): void;
  /** The state is that of the snapshot now; `before` are the members until then. */
  onInstalled(snapshot: Snapshot, before: readonly ReadonlyMember[]): void;
}

/** A snapshot on its way to another member. */
interface Sending {
  readonly to: bigint;
  view: BackendView | undefined;
  /** Whether its content is being read, which closes the view by itself. */
  isBegun: boolean;
}

export class SnapshotExchange {
  readonly #parts: SnapshotExchangeParts;
  /** Oldest first. */
  readonly #sending: Sending[] = [];

  constructor(parts: SnapshotExchangeParts) {
    this.#parts = parts;
  }

  /** Whether a snapshot is on its way to another member. */
  get isSending(): boolean {
    return this.#sending.length > 0;
  }

  /** Sends the present state to a member that the log no longer reaches. */
  send(message: Message): void {
    const sending: Sending = { to: message.to, view: undefined, isBegun: false };
    this.#sending.push(sending);
    this.#sendView(message, sending).catch((error) => {
      this.#parts.log.warn("failed to read a snapshot to send", { error: String(error) });
      this.#end(sending);
      this.#parts.onNotSent(message.to);
    });
  }

  /** A snapshot arrived at a member, or will never. */
  sent(to: bigint): void {
    const sending = this.#sending.find((one) => one.to === to);
    assert(sending !== undefined, "a snapshot was reported sent twice");
    this.#end(sending);
  }

  #end(sending: Sending): void {
    this.#sending.splice(this.#sending.indexOf(sending), 1);
    if (!sending.isBegun) sending.view?.close();
  }

  /** Takes a snapshot from the leader into safety, then tells the consensus core of it. */
  async receive(message: Message, content: AsyncIterable<Uint8Array>): Promise<void> {
    const { snapshot } = message;
    if (snapshot === undefined) throw new Error("a snapshot message without a snapshot");
    const { inbox, state, step } = this.#parts;
    // Each is as large as the store, and one that the core had no use for is never installed.
    await inbox.forgetUpTo(state.store.appliedIndex);
    await inbox.receive(snapshot, content);
    step(message);
  }

  /** Makes a snapshot that the core has taken this member's state. */
  async install(snapshot: Snapshot, hardState: HardState): Promise<void> {
    const { snapshotApplying } = this.#parts.counters;
    snapshotApplying.inc();
    try {
      await this.#install(snapshot, hardState);
    } finally {
      snapshotApplying.dec();
    }
  }

  async #install(snapshot: Snapshot, hardState: HardState): Promise<void> {
    const { state, storage, inbox, beforeInstall } = this.#parts;
    await beforeInstall();
    const before = state.membership.members;
    await recordSnapshot({ wal: storage.wal, files: storage.snapshots }, snapshot, hardState);
    // No turn may pass between: the old index does not go with the new records.
    await inbox.install(snapshot, state.backend, () => reloadState(state));
    assert(state.store.appliedIndex === snapshot.metadata.index, "the installed store is not that of the snapshot");
    this.#parts.onInstalled(snapshot, before);
  }

  async #sendView(message: Message, sending: Sending): Promise<void> {
    const { state, pacer, network, confState } = this.#parts;
    await pacer.commit();
    const view = state.backend.view();
    sending.view = view;
    const metadata = {
      index: readAppliedIndex(view),
      term: readAppliedTerm(view),
      confState: readConfState(view) ?? confState(),
    };
    assert(metadata.index >= (message.snapshot?.metadata.index ?? 0), "the store is behind the log's snapshot");
    network.sendSnapshot({ ...message, snapshot: { data: noBytes, metadata } }, this.#content(view, sending));
  }

  async *#content(view: BackendView, sending: Sending): AsyncGenerator<Uint8Array> {
    const { clock, counters } = this.#parts;
    assert(this.#sending.includes(sending), "a snapshot is not read when its end was told");
    sending.isBegun = true;
    const startedMs = clock.nowMs();
    yield* encodeContent(view);
    counters.snapshotSendSeconds.observe((clock.nowMs() - startedMs) / 1000);
  }
}
