/**
 * How many requests, and bytes, a second: over the last 200 requests, as etcd's `/v2/stats/self` tells it. When the last of
 * them is more than a second old there is no rate.
 */
const capacity = 200;
const staleMs = 1_000;

/** Both rates, 0 while there is too little to tell. */
export interface Rates {
  readonly packagesPerSecond: number;
  readonly bytesPerSecond: number;
}

const none: Rates = { packagesPerSecond: 0, bytesPerSecond: 0 };

export class RateWindow {
  readonly #timesMs = new Float64Array(capacity);
  readonly #sizesBytes = new Float64Array(capacity);
  #next = 0;
  #count = 0;
  #bytes = 0;

  /** Counts a request. */
  add(nowMs: number, sizeBytes: number): void {
    if (this.#count === capacity) this.#bytes -= this.#sizesBytes[this.#next]!;
    else this.#count++;
    this.#timesMs[this.#next] = nowMs;
    this.#sizesBytes[this.#next] = sizeBytes;
    this.#bytes += sizeBytes;
    this.#next = (this.#next + 1) % capacity;
  }

  rates(nowMs: number): Rates {
    if (this.#count === 0) return none;
    const lastMs = this.#timesMs[(this.#next + capacity - 1) % capacity]!;
    if (nowMs - lastMs > staleMs) {
      this.#count = 0;
      this.#bytes = 0;
      return none;
    }
    const firstMs = this.#timesMs[(this.#next + capacity - this.#count) % capacity]!;
    const seconds = (lastMs - firstMs) / 1_000;
    if (seconds <= 0) return none;
    return { packagesPerSecond: this.#count / seconds, bytesPerSecond: this.#bytes / seconds };
  }
}
