/**
 * One LeaseKeepAlive call: renewals are asked for as they arrive and answered in that order, and the end of the
 * requests is answered behind the last of them. Callers exist that send one request and half-close in the same
 * packet (Python's etcd3), so the end must wait. At most `RENEWALS_MAX` wait; then the caller is held back.
 */
import { LeaseKeepAliveResponse, type ResponseHeader } from "@etcd-ts/proto";
import type { StreamCall } from "@etcd-ts/wire";
import { statusOf } from "./unary.ts";

/** Most renewals of one call that wait for their answers. */
export const RENEWALS_MAX = 1000;

/** What the call needs of the member. */
export interface RenewalParts {
  /** Renews a lease: its TTL in seconds, 0 for one that is not there, or why nobody could be asked. */
  renew(id: bigint): Promise<number | Error>;
  header(): ResponseHeader;
}

/** The answers of one call. */
export class RenewalStream {
  readonly #call: StreamCall;
  readonly #parts: RenewalParts;
  #waiting = 0;
  #full = false;
  #over = false;
  #last: Promise<void> = Promise.resolve();

  constructor(call: StreamCall, parts: RenewalParts) {
    this.#call = call;
    this.#parts = parts;
    call.onWritable(() => this.#hasRoom());
  }

  /** Renews a lease and answers in turn; the first failure ends the call. */
  onRequest({ id }: { readonly id: bigint }): void {
    const renewed = this.#parts.renew(id).catch((error: Error) => error);
    this.#waiting++;
    this.#pace();
    this.#last = this.#last.then(async () => this.#answer(id, await renewed));
  }

  /** Ends the call when everything asked for was answered. */
  onHalfClose(): void {
    this.#last = this.#last.then(() => this.#end());
  }

  /** The caller is gone. */
  onCancel(): void {
    this.#over = true;
  }

  #answer(id: bigint, ttl: number | Error): void {
    this.#waiting--;
    if (this.#over) return;
    if (typeof ttl !== "number") return this.#end(ttl);
    this.#full = !this.#call.send(LeaseKeepAliveResponse.encode({ header: this.#parts.header(), id, ttl }));
    this.#pace();
  }

  #end(error?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#call.end(error && statusOf(error));
  }

  #hasRoom(): void {
    this.#full = false;
    this.#pace();
  }

  #pace(): void {
    if (this.#full || this.#waiting >= RENEWALS_MAX) this.#call.pauseReading();
    else this.#call.resumeReading();
  }
}
