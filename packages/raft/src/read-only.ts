// Linearizable reads without log entries (Raft thesis, section 6.4). A leader notes its commit index for every read and
// asks the voters, with the next heartbeats, whether it still leads. Reads are numbered within a term; a heartbeat carries
// the number of the newest read, an echo of number n confirms every read up to n. So one round confirms any number of reads.
// Bound: `maxUnconfirmedReads`; further reads are dropped, as any message may be, and their askers ask again.

import type { Message } from "./message.ts";
import { noBytes } from "./types.ts";

/** How many reads may wait for a quorum at once. */
export const maxUnconfirmedReads = 65_536;

/** A read that waits for its leader to prove that it leads. */
export interface UnconfirmedRead {
  request: Message;
  /** The commit index when the leader took the read. */
  index: number;
}

/** The reads of one term of one leader. */
export class ReadOnlyQueue {
  readonly #acks = new Map<bigint, number>();
  #waiting: UnconfirmedRead[] = [];
  /** Number of the last confirmed read. */
  #confirmed = 0;

  /** Who has acknowledged up to which number. */
  get acks(): ReadonlyMap<bigint, number> {
    return this.#acks;
  }

  /** Queues a read; false when too many wait already. */
  add(read: UnconfirmedRead): boolean {
    if (this.#waiting.length >= maxUnconfirmedReads) return false;
    this.#waiting.push(read);
    return true;
  }

  /** The context for heartbeats: the newest read's number as 8 bytes, little endian; empty when no read waits. */
  heartbeatContext(): Uint8Array {
    if (this.#waiting.length === 0) return noBytes;
    const context = new Uint8Array(8);
    new DataView(context.buffer).setBigUint64(0, BigInt(this.#confirmed + this.#waiting.length), true);
    return context;
  }

  /** Takes a voter's echo of a heartbeat context. Anything that is not a number of ours is ignored. */
  acknowledge(from: bigint, context: Uint8Array): void {
    if (context.length !== 8) return;
    const view = new DataView(context.buffer, context.byteOffset, 8);
    const number = Number(view.getBigUint64(0, true));
    if (number > this.#confirmed + this.#waiting.length) return;
    this.#acks.set(from, Math.max(this.#acks.get(from) ?? 0, number));
  }

  /** Removes and returns the reads up to a confirmed number. */
  confirm(number: number): UnconfirmedRead[] {
    if (number <= this.#confirmed) return [];
    const confirmed = this.#waiting.slice(0, number - this.#confirmed);
    this.#waiting = this.#waiting.slice(confirmed.length);
    this.#confirmed += confirmed.length;
    return confirmed;
  }

  /** Forgets everything, for a new term. */
  reset(): void {
    this.#acks.clear();
    this.#waiting = [];
    this.#confirmed = 0;
  }
}
