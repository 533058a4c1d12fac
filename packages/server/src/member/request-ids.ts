/**
 * Ids of log requests, by which a member recognises its own entries when they come back committed.
 * As etcd lays them out: 16 bits of the member id, 40 bits of wall-clock milliseconds at start, 8 bits of counter that
 * carry into the milliseconds. So ids of one member never repeat, across restarts too, at fewer than 256 per millisecond on average.
 */
export class RequestIds {
  #next: bigint;

  constructor(options: { memberId: bigint; wallMs: number }) {
    const milliseconds = BigInt(options.wallMs) & 0xffffffffffn;
    this.#next = ((options.memberId & 0xffffn) << 48n) | (milliseconds << 8n);
  }

  /** The next id; never zero. */
  next(): bigint {
    this.#next += 1n;
    return this.#next;
  }
}
