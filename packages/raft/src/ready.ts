// What a node wants done: the batch of writes, messages and entries to apply that RawNode hands out, and how it is built.
// With asynchronous storage writes the same work is also spelled out as messages to two storage threads, whose answers
// take the place of `advance`. Source: Raft thesis, sections 3.8 (what must be durable when) and 10.2 (writing in parallel).

import type { Raft } from "./core/index.ts";
import { appendThread, applyThread, type Message, MessageType, newMessage } from "./message.ts";
import type { Entry, HardState, ReadState, Snapshot, SoftState } from "./types.ts";

/** One batch of work. Everything in it is immutable and stays valid after `advance`. */
export interface Ready {
  /** The leader and role, when they changed; need not be stored. */
  softState: SoftState | undefined;
  /** To be stored, when it changed. */
  hardState: HardState | undefined;
  /** Reads that can be served once their index is applied. */
  readStates: ReadState[];
  /** To be stored; they replace whatever the storage holds from the first of them on. */
  entries: Entry[];
  /** To be stored and applied before anything else. */
  snapshot: Snapshot | undefined;
  /** To be applied, in order; each is or is being stored. */
  committedEntries: Entry[];
  /** To be sent. Without asynchronous storage writes: after everything above is durable. */
  messages: Message[];
  /** Whether the writes must be durable before anything else happens. */
  mustSync: boolean;
}

/** What a node has been told of already, so that a Ready holds changes only. */
export interface Reported {
  softState: SoftState;
  hardState: HardState;
}

/** True when votes, term or entries must be durable; a moved commit index alone can be found out again. */
export function needsSync(ready: { entries: readonly Entry[] }, now: HardState, before: HardState): boolean {
  return ready.entries.length > 0 || now.term !== before.term || now.vote !== before.vote;
}

/** Compares field by field. */
export function sameHardState(a: HardState, b: HardState): boolean {
  return a.term === b.term && a.vote === b.vote && a.commit === b.commit;
}

/** Tells whether the storage has anything to write, or messages wait for writes under way. */
export function needsAppend(raft: Raft, ready: Ready): boolean {
  return (
    ready.entries.length > 0 ||
    ready.hardState !== undefined ||
    ready.snapshot !== undefined ||
    raft.messagesAfterAppend.length > 0
  );
}

/**
 * The request to the append thread: write, then deliver the responses. The node's own acknowledgement comes before the
 * notice that entries are stable, because it reads their terms, which are cheaper to find while they are unstable.
 */
export function storageAppend(raft: Raft, ready: Ready): Message {
  const request = newMessage(MessageType.storageAppend, appendThread);
  request.from = raft.id;
  request.entries = ready.entries;
  request.snapshot = ready.snapshot;
  if (ready.hardState !== undefined) {
    request.term = ready.hardState.term;
    request.vote = ready.hardState.vote;
    request.commit = ready.hardState.commit;
  }
  const done = storageAppendDone(raft, ready);
  request.responses = done === undefined ? raft.messagesAfterAppend : [...raft.messagesAfterAppend, done];
  return request;
}

/**
 * The notice that the log is durable up to its present end, if anybody needs to know. It is sent whenever something is
 * unstable, not only with new entries: a notice of an earlier term is ignored (its entries may have been replaced while
 * they were being written), and without another one those entries would stay in memory for ever.
 */
export function storageAppendDone(raft: Raft, { snapshot }: Ready): Message | undefined {
  const unstable = raft.log.unstable.entries.length > 0;
  if (!unstable && snapshot === undefined) return undefined;
  const done = newMessage(MessageType.storageAppendResp, raft.id);
  done.from = appendThread;
  done.term = raft.term;
  done.snapshot = snapshot;
  if (unstable) {
    done.index = raft.log.lastIndex();
    done.logTerm = raft.log.lastTerm();
  }
  return done;
}

/** The request to the apply thread. It belongs to no term: what is committed is. */
export function storageApply(raft: Raft, entries: Entry[]): Message {
  const request = newMessage(MessageType.storageApply, applyThread);
  request.from = raft.id;
  request.entries = entries;
  request.responses = [storageApplyDone(raft, entries)];
  return request;
}

/** The notice that entries are applied. */
export function storageApplyDone(raft: Raft, entries: Entry[]): Message {
  const done = newMessage(MessageType.storageApplyResp, raft.id);
  done.from = applyThread;
  done.entries = entries;
  return done;
}
