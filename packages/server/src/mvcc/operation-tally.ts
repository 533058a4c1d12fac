/**
 * What one transaction, or one read, counts in the metrics. As in etcd a range, a put and a delete count once each, whatever they
 * find, and whatever does more than one of them is a transaction.
 */
import type { StoreMetrics } from "./metrics.ts";

/** Where a tally is added up. */
export type TallyMetrics = Pick<StoreMetrics, "ranges" | "puts" | "deletes" | "txns" | "putBytes">;

/** Counts until it ends. */
export class OperationTally {
  readonly #metrics: TallyMetrics;
  #ranges = 0;
  #puts = 0;
  #deletes = 0;
  #putBytes = 0;

  constructor(metrics: TallyMetrics) {
    this.#metrics = metrics;
  }

  range(): void {
    this.#ranges++;
  }

  /** A put of key and value of so many bytes together. */
  put(sizeBytes: number): void {
    this.#puts++;
    this.#putBytes += sizeBytes;
  }

  delete(): void {
    this.#deletes++;
  }

  /** Adds it up; called once. */
  end(): void {
    const { ranges, puts, deletes, txns, putBytes } = this.#metrics;
    if (this.#ranges > 0) ranges.inc(this.#ranges);
    if (this.#puts > 0) puts.inc(this.#puts);
    if (this.#deletes > 0) deletes.inc(this.#deletes);
    if (this.#putBytes > 0) putBytes.inc(this.#putBytes);
    if (this.#ranges + this.#puts + this.#deletes > 1) txns.inc();
  }
}
