/**
 * Latencies in logarithmic buckets: 1 % wide from a microsecond to minutes, so a percentile is read with that error and
 * recording costs a logarithm and an increment, whatever the number of samples.
 */
const firstMs = 0.001;
const growth = Math.log(1.01);
const bucketCount = 1_900;

/** Counts latencies; percentiles are upper bounds of their bucket. */
export class LatencyHistogram {
  readonly #buckets = new Float64Array(bucketCount);
  #count = 0;

  /** How many latencies were recorded. */
  get count(): number {
    return this.#count;
  }

  /** Adds one latency. */
  record(latencyMs: number): void {
    const bucket = latencyMs <= firstMs ? 0 : Math.ceil(Math.log(latencyMs / firstMs) / growth);
    const index = Math.min(bucket, bucketCount - 1);
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
    this.#count++;
  }

  /** The latency that the given share (0 to 1) of all samples does not exceed; 0 without samples. */
  percentileMs(share: number): number {
    let left = Math.ceil(this.#count * share);
    if (left === 0) return 0;
    for (let index = 0; index < bucketCount; index++) {
      left -= this.#buckets[index] ?? 0;
      if (left <= 0) return firstMs * Math.exp(index * growth);
    }
    return firstMs * Math.exp((bucketCount - 1) * growth);
  }

  /** Forgets all samples. */
  clear(): void {
    this.#buckets.fill(0);
    this.#count = 0;
  }
}
