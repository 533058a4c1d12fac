/**
 * Proposals of this member that have not been applied yet. Each waits for its own entry to come back from the log and is
 * answered exactly once: with what the entry did, or with an error when the wait is given up. Giving up says nothing about
 * the entry: it may still be committed later, as etcd documents for timeouts.
 *
 * Bounds: at most `countMax` waiting proposals; none waits longer than `timeoutMs` (checked by `expire`).
 */
import type { Request } from "@etcd-ts/proto";
import { assert } from "../lib/assert.ts";

/** Called once with the outcome of a proposal; exactly one of the two is meaningful. */
export type ProposalDone = (error: Error | undefined, response: unknown) => void;

/** A request of v2, and the bytes it went into the log as: reading them gives the same. */
export interface ProposedV2 {
  readonly data: Uint8Array;
  readonly request: Request;
}

interface Waiter {
  readonly done: ProposalDone;
  readonly deadlineMs: number;
  readonly data: Uint8Array | undefined;
}

export class PendingRequests {
  readonly #waiters = new Map<bigint, Waiter>();
  /** What waiting proposals of v2 ask for, by the very bytes that come back from the log. */
  readonly #v2 = new Map<Uint8Array, Request>();
  readonly #timeoutMs: number;
  readonly #countMax: number;

  constructor(options: { timeoutMs: number; countMax: number }) {
    this.#timeoutMs = options.timeoutMs;
    this.#countMax = options.countMax;
  }

  get count(): number {
    return this.#waiters.size;
  }

  get full(): boolean {
    return this.#waiters.size >= this.#countMax;
  }

  /** Whether this proposal still waits. */
  has(id: bigint): boolean {
    return this.#waiters.has(id);
  }

  /** Registers a proposal; its id must be new. */
  add(id: bigint, { done, nowMs, v2 }: { done: ProposalDone; nowMs: number; v2?: ProposedV2 | undefined }): void {
    assert(!this.#waiters.has(id), "request id is already waiting");
    if (v2 !== undefined) this.#v2.set(v2.data, v2.request);
    this.#waiters.set(id, { done, deadlineMs: nowMs + this.#timeoutMs, data: v2?.data });
  }

  /** What an entry asks for, if it is one that waits here and never left this process: then it need not be read. */
  requestOf(data: Uint8Array): Request | undefined {
    return this.#v2.get(data);
  }

  /** Answers the proposal with this id; false when it is not ours or was given up. */
  settle(id: bigint, outcome: { error: Error | undefined; response: unknown }): boolean {
    const waiter = this.#waiters.get(id);
    if (waiter === undefined) return false;
    this.#waiters.delete(id);
    if (waiter.data !== undefined) this.#v2.delete(waiter.data);
    waiter.done(outcome.error, outcome.response);
    return true;
  }

  /** Gives up the proposals whose time is over. They were added in order of time, so the first young one ends the walk. */
  expire(nowMs: number, errorOf: (request: { readonly id: bigint; readonly startedMs: number }) => Error): number {
    let expired = 0;
    for (const [id, waiter] of this.#waiters) {
      if (waiter.deadlineMs > nowMs) break;
      const startedMs = waiter.deadlineMs - this.#timeoutMs;
      this.settle(id, { error: errorOf({ id, startedMs }), response: undefined });
      expired++;
    }
    return expired;
  }

  /** Gives up every proposal, at stop or when leadership is lost for good. */
  failAll(error: () => Error): void {
    for (const id of [...this.#waiters.keys()]) this.settle(id, { error: error(), response: undefined });
  }
}
